#include "base/argon2.hpp"

#include "base/text.hpp"

#include <argon2.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <vector>

namespace gatehouse
{

namespace
{
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t tag_bytes = 32;

bool is_base64(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    });
}

/// Bytes in `text`, base64 without padding; 0 if it is none.
std::size_t decoded_size(std::string_view text)
{
    return is_base64(text) && text.size() % 4 != 1 ? text.size() * 3 / 4 : 0;
}

/// "m=19456" as 19456; 0 for anything else, as no cost is 0.
std::uint32_t parameter(std::string_view text, std::string_view name)
{
    std::uint32_t number = 0;
    if (!text.starts_with(name))
        return 0;
    text.remove_prefix(name.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

std::string without_padding(std::string base64)
{
    base64.erase(base64.find_last_not_of('=') + 1);
    return base64;
}
} // namespace

Result<Argon2Cost> argon2_cost(const std::string& encoded)
{
    static const std::string form =
        "expected an argon2id hash, $argon2id$v=19$m=...,t=...,p=...$SALT$TAG, as `authctl hash` makes it";
    const auto parts = text::split(encoded, '$');
    if (parts.size() != 6 || !parts[0].empty() || parts[1] != "argon2id" || parts[2] != "v=19")
        return invalid(form);
    const auto costs = text::split(parts[3], ',');
    if (costs.size() != 3)
        return invalid(form);
    const Argon2Cost cost{
        .memory = parameter(costs[0], "m="), .passes = parameter(costs[1], "t="), .lanes = parameter(costs[2], "p=")};
    if (cost.passes == 0 || cost.lanes == 0 || cost.memory / 8 < cost.lanes)
        return invalid(form);
    if (cost.memory > highest_cost.memory || cost.passes > highest_cost.passes || cost.lanes > highest_cost.lanes)
        return invalid("the hash costs too much to verify (at most m=1048576, t=16, p=8)");
    const std::size_t salt = decoded_size(parts[4]);
    const std::size_t tag = decoded_size(parts[5]);
    if (salt < 8 || salt > 64 || tag < 16 || tag > 64)
        return invalid(form);
    return cost;
}

Result<bool> verify_password(const std::string& encoded, const Secret& password)
{
    switch (const int answer = ::argon2id_verify(encoded.c_str(), password.bytes().data(), password.size()); answer) {
    case ARGON2_OK: return true;
    case ARGON2_VERIFY_MISMATCH: return false;
    case ARGON2_MEMORY_ALLOCATION_ERROR:
    case ARGON2_THREAD_FAIL:
        return over_limit(std::string("argon2id cannot compute: ") + ::argon2_error_message(answer));
    default: return invalid(std::string("argon2id: ") + ::argon2_error_message(answer));
    }
}

Result<std::string> hash_password(const Secret& password)
{
    if (password.empty())
        return invalid("the password is empty");
    std::array<std::uint8_t, salt_bytes> salt;
    if (::RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1)
        return unavailable("the system gives no random bytes");
    const Argon2Cost cost;
    std::vector<char> encoded(
        ::argon2_encodedlen(cost.passes, cost.memory, cost.lanes, salt_bytes, tag_bytes, Argon2_id));
    const int answer =
        ::argon2id_hash_encoded(cost.passes, cost.memory, cost.lanes, password.bytes().data(), password.size(),
                                salt.data(), salt.size(), tag_bytes, encoded.data(), encoded.size());
    if (answer != ARGON2_OK)
        return unavailable(std::string("argon2id cannot compute: ") + ::argon2_error_message(answer));
    return std::string(encoded.data());
}

std::string unmatched_hash(Argon2Cost cost)
{
    // The password of an all-zero tag is as hard to find as that of any other.
    static const std::array<std::uint8_t, tag_bytes> zeros{};
    return "$argon2id$v=19$m=" + std::to_string(cost.memory) + ",t=" + std::to_string(cost.passes) +
           ",p=" + std::to_string(cost.lanes) + '$' +
           without_padding(text::base64(std::span(zeros).first(salt_bytes))) + '$' +
           without_padding(text::base64(zeros));
}

} // namespace gatehouse
