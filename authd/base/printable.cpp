#include "base/printable.hpp"

#include "base/text.hpp"

#include <cstdint>

namespace gatehouse
{

std::string printable(std::string_view text)
{
    std::string out(text);
    const bool sound = text::is_utf8(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(out[i]);
        const bool c1 = byte == 0xC2 && i + 1 < out.size() && static_cast<std::uint8_t>(out[i + 1]) < 0xA0;
        if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !sound))
            out[i] = '?';
        else if (c1)
            out.replace(i, 2, "?");
    }
    return out;
}

} // namespace gatehouse
