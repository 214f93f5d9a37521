#include "wire/secret_base64.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace gatehouse::wire
{

bool append_base64(Secret& out, std::span<const std::uint8_t> bytes)
{
    constexpr std::size_t piece = 3 * 256; // a multiple of 3, so that padding comes only at the end
    std::array<std::uint8_t, piece / 3 * 4 + 1> encoded;
    if (!out.reserve(out.size() + (bytes.size() + 2) / 3 * 4))
        return false;
    bool kept = true;
    while (kept && !bytes.empty()) {
        const std::size_t count = std::min(piece, bytes.size());
        const int written = EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(count));
        kept = out.append(std::span(encoded).first(static_cast<std::size_t>(written)));
        bytes = bytes.subspan(count);
    }
    OPENSSL_cleanse(encoded.data(), encoded.size());
    return kept;
}

} // namespace gatehouse::wire
