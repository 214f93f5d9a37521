#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace gatehouse::directory
{

/// The number that the whole text is, in decimal digits. Empty for anything else.
template <class Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

} // namespace gatehouse::directory
