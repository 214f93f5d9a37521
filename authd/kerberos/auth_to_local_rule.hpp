#pragma once

#include "base/result.hpp"

#include <string_view>

namespace gatehouse::kerberos
{

/// The longest rule that is taken, in bytes.
inline constexpr std::size_t max_auth_to_local_rule = 1024;

/// Would libkrb5 take this value of auth_to_local (krb5.conf(5)), and does it look at the realm? libkrb5 finds a
/// mistake only when a principal comes that the rule is for. Taken are
///   RULE:[COMPONENTS:SELECTION](REGEX)s/REGEX/TEXT/g...     SELECTION with $0, the realm; REGEX is POSIX's extended
///   one DEFAULT                                                 which maps nobody of a foreign realm
/// libkrb5 would do without SELECTION and the first REGEX: such a rule is for everybody of every realm that is trusted
/// without saying so, as one with `(.*)` does.
/// Nor is a substitution with "g" taken whose REGEX matches where there is nothing: libkrb5 1.20 never ends with it.
/// Holds nothing, does no I/O. Error: `invalid`, what is wrong and what was expected.
Result<void> check_auth_to_local(std::string_view rule);

} // namespace gatehouse::kerberos
