#include "identity/sid.hpp"

#include <cstdint>

namespace gatehouse
{

std::string sid_text(std::string_view bytes)
{
    constexpr std::size_t prefix = 8; // revision, count of parts, 48-bit authority
    if (bytes.size() < prefix)
        return {};
    const auto byte = [&](std::size_t at) { return static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[at])); };
    if (bytes.size() != prefix + 4 * byte(1))
        return {};
    std::uint64_t authority = 0;
    for (std::size_t i = 2; i < prefix; ++i)
        authority = authority << 8 | byte(i);
    std::string text = "S-" + std::to_string(byte(0)) + '-' + std::to_string(authority);
    for (std::size_t at = prefix; at < bytes.size(); at += 4)
        text += '-' + std::to_string(byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24);
    return text;
}

} // namespace gatehouse
