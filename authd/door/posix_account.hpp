#pragma once

#include "base/result.hpp"
#include "door/settings.hpp"
#include "identity/person.hpp"

#include <optional>

namespace gatehouse::door
{

/// The account to answer for a person: the directory's own posix attributes, else the listener's template filled in.
/// Error: `invalid` when the person has neither, or when a name that goes into the path could leave its folder ('/', a
/// leading '.', a control character).
Result<PosixAccount> posix_account(const Person& person, const std::optional<AccountTemplate>& account);

} // namespace gatehouse::door
