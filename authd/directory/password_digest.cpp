#include "directory/password_digest.hpp"

#include "base/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

std::string password_digest(std::span<const std::string> stored)
{
    std::vector<std::string_view> sorted(stored.begin(), stored.end());
    std::ranges::sort(sorted); // their order means nothing
    const std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* digest) { EVP_MD_CTX_free(digest); })> digest(
        EVP_MD_CTX_new());
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    bool done = EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1;
    for (const std::string_view value : sorted) {
        done = done && EVP_DigestUpdate(digest.get(), value.data(), value.size()) == 1;
        done = done && EVP_DigestUpdate(digest.get(), "", 1) == 1;
    }
    if (!done || EVP_DigestFinal_ex(digest.get(), out.data(), &size) != 1)
        return {};
    return "sha256:" + text::base64(std::span(out).first(size));
}

} // namespace gatehouse::directory
