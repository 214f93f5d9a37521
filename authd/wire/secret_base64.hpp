#pragma once

#include "base/secret.hpp"

#include <cstdint>
#include <span>

namespace gatehouse::wire
{

/// Appends `bytes` in base64 (RFC 4648, section 4, with padding) without leaving the arena. False: the arena is full,
/// and what was appended before that stays.
[[nodiscard]] bool append_base64(Secret& out, std::span<const std::uint8_t> bytes);

} // namespace gatehouse::wire
