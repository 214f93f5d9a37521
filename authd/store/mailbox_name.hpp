#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::store
{

/// Bytes of a realm, id, mailbox name, network or key at most.
inline constexpr std::size_t max_name = 1024;
/// wanted, wanted2, ... wanted9999 are tried.
inline constexpr std::uint32_t last_candidate = 9999;

/// What makes two mailbox names the same: the case of ASCII letters is no difference. Beyond ASCII the bytes decide, as
/// they do in mail stores.
std::string folded(std::string_view name);

/// The n-th name to try: "alice", "alice2", "alice3"; "alice@campus.example", "alice2@campus.example".
std::string candidate(std::string_view wanted, std::uint32_t number);

/// Whether text can be stored. Error: `invalid` when it is empty, longer than `max_name`, not UTF-8, or has control
/// characters; `what` says what it is.
Result<void> storable(std::string_view what, std::string_view text);

} // namespace gatehouse::store
