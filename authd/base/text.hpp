#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::text
{

/// ASCII only, the locale plays no part: what protocol keywords and host names need.
std::string lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
bool is_utf8(std::string_view text);
/// Has a C0 or C1 control character or DEL.
bool has_control(std::string_view text);

/// The member of `choices` that is nearest to `word` within two edits; empty if none is. For "did you mean".
std::string_view nearest(std::string_view word, std::span<const std::string_view> choices);

std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

/// RFC 4648 base64 without line breaks, decoded by OpenSSL. Error: `invalid` for any other character or wrong padding.
std::string base64(std::span<const std::uint8_t> bytes);
/// As above for secret text. Error: `invalid`, or `limit` when the arena is full.
Result<Secret> decode_base64(std::string_view encoded);

/// RFC 4648 section 5, without padding: letters, digits, '-' and '_' only. The other way takes only what the first
/// gives: bits beyond the last byte must be zero. Error: `invalid`, or `limit` when the arena is full.
std::string base64url(std::span<const std::uint8_t> bytes);
Result<Secret> decode_base64url(std::string_view encoded);

} // namespace gatehouse::text
