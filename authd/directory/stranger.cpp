#include "directory/stranger.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdint>

namespace gatehouse::directory
{

std::string stranger_dn(std::string_view attribute, std::string_view base)
{
    std::array<std::uint8_t, 8> random{};
    RAND_bytes(random.data(), static_cast<int>(random.size()));
    std::string dn = std::string(attribute) + "=nobody-";
    for (const std::uint8_t byte : random) {
        dn += "0123456789abcdef"[byte >> 4];
        dn += "0123456789abcdef"[byte & 15];
    }
    return dn + ',' + std::string(base);
}

} // namespace gatehouse::directory
