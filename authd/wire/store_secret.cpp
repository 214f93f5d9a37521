#include "wire/store_secret.hpp"

#include "base/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <optional>
#include <span>

namespace gatehouse::wire
{

namespace
{
using Mac = decltype(ShownStoreSecret::mac);

constexpr auto malformed = std::unexpected(WireError::malformed);
constexpr std::string_view label = "gatehouse store secret 1";
constexpr std::size_t time_size = 8;
constexpr std::size_t mac_size = std::tuple_size_v<Mac>;
constexpr std::size_t sealed_size = time_size + StoreSecret::nonce_size + StoreSecret::print_size; // before the MAC
constexpr std::size_t head_digits = (sealed_size + mac_size) / 3 * 4;                              // of base64url
static_assert((sealed_size + mac_size) % 3 == 0, "the head has no bits that nobody reads");

using Sealed = std::array<std::uint8_t, sealed_size>;

bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

Sealed sealed_part(const StoreSecret& secret)
{
    Sealed sealed;
    auto ms = static_cast<std::uint64_t>(secret.minted.time_since_epoch().count());
    for (std::size_t i = time_size; i-- > 0; ms >>= 8)
        sealed[i] = static_cast<std::uint8_t>(ms & 0xff);
    std::ranges::copy(secret.login_print, std::ranges::copy(secret.nonce, sealed.begin() + time_size).out);
    return sealed;
}

/// The text behind the head, from its '.' on.
std::string tail_of(const StoreSecret& secret)
{
    std::string whose = secret.realm;
    whose.append(1, '\0').append(secret.id).append(1, '\0').append(secret.service);
    return '.' + text::base64url({reinterpret_cast<const std::uint8_t*>(whose.data()), whose.size()}) + '.' +
           secret.store;
}

std::optional<Mac> mac_of(const Sealed& sealed, std::string_view tail, const Secret& key)
{
    std::string covered(label);
    covered.append(reinterpret_cast<const char*>(sealed.data()), sealed.size()).append(tail);
    Mac mac;
    unsigned int size = 0;
    const unsigned char* const made =
        ::HMAC(EVP_sha256(), key.bytes().data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(covered.data()), covered.size(), mac.data(), &size);
    return made != nullptr && size == mac.size() ? std::optional(mac) : std::nullopt;
}

/// The head's digits and the text behind them.
struct Parts {
    std::string_view head;
    std::string_view tail; ///< from its '.' on
};

std::optional<Parts> parts_of(std::string_view text)
{
    if (!is_store_secret(text))
        return {};
    text.remove_prefix(store_secret_prefix.size());
    if (text.size() <= head_digits || text[head_digits] != '.')
        return {};
    return Parts{.head = text.substr(0, head_digits), .tail = text.substr(head_digits)};
}

bool read_head(const Secret& head, ShownStoreSecret& shown)
{
    StoreSecret& secret = shown.says;
    std::uint64_t ms = 0;
    for (const std::uint8_t byte : head.bytes().first(time_size))
        ms = ms << 8 | byte;
    if (ms >> 62 != 0) // beyond what a clock says, and what can be added to
        return false;
    secret.minted = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms));
    const auto rest = head.bytes().subspan(time_size);
    std::ranges::copy(rest.first(secret.nonce.size()), secret.nonce.begin());
    std::ranges::copy(rest.subspan(secret.nonce.size(), secret.login_print.size()), secret.login_print.begin());
    std::ranges::copy(head.bytes().last(mac_size), shown.mac.begin());
    return true;
}

bool read_whose(const Secret& whose, StoreSecret& secret)
{
    const auto fields = text::split(whose.view(), '\0');
    if (fields.size() != 3 || std::ranges::any_of(fields, &std::string_view::empty))
        return false;
    secret.realm = fields[0];
    secret.id = fields[1];
    secret.service = fields[2];
    return true;
}

WireError error_of(const Error& error)
{
    return error.kind == ErrorKind::limit ? WireError::out_of_memory : WireError::malformed;
}
} // namespace

bool is_store_secret(std::string_view shown)
{
    return shown.starts_with(store_secret_prefix);
}

bool is_store_name(std::string_view name)
{
    return !name.empty() && name.size() <= max_store_name && std::ranges::all_of(name, is_name_byte);
}

std::array<std::uint8_t, StoreSecret::print_size> login_print(std::string_view login)
{
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    std::array<std::uint8_t, StoreSecret::print_size> print{};
    if (::EVP_Digest(login.data(), login.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1)
        std::ranges::copy(std::span(digest).first(print.size()), print.begin());
    return print;
}

Result<Secret, WireError> format_store_secret(const StoreSecret& secret, const Secret& key)
{
    for (const std::string* const field : {&secret.realm, &secret.id, &secret.service})
        if (field->empty() || field->contains('\0'))
            return malformed;
    if (!is_store_name(secret.store) || secret.minted.time_since_epoch().count() < 0)
        return malformed;
    const std::string tail = tail_of(secret);
    if (store_secret_prefix.size() + head_digits + tail.size() > max_store_secret)
        return std::unexpected(WireError::too_long);
    const Sealed sealed = sealed_part(secret);
    const auto mac = mac_of(sealed, tail, key);
    if (!mac)
        return std::unexpected(WireError::out_of_memory);
    std::array<std::uint8_t, sealed_size + mac_size> head;
    std::ranges::copy(*mac, std::ranges::copy(sealed, head.begin()).out);
    Secret out;
    if (!out.reserve(max_store_secret) || !out.append(store_secret_prefix) || !out.append(text::base64url(head)) ||
        !out.append(tail))
        return std::unexpected(WireError::out_of_memory);
    return out;
}

Result<ShownStoreSecret, WireError> parse_store_secret(std::string_view text)
{
    if (text.size() > max_store_secret)
        return std::unexpected(WireError::too_long);
    const auto parts = parts_of(text);
    const std::size_t end = parts ? parts->tail.find('.', 1) : std::string_view::npos;
    if (end == std::string_view::npos)
        return malformed;
    const auto head = text::decode_base64url(parts->head);
    const auto whose = text::decode_base64url(parts->tail.substr(1, end - 1));
    if (!head || !whose)
        return std::unexpected(error_of(head ? whose.error() : head.error()));
    ShownStoreSecret shown{.says = {.store = std::string(parts->tail.substr(end + 1))}};
    if (!is_store_name(shown.says.store) || !read_head(*head, shown) || !read_whose(*whose, shown.says))
        return malformed;
    return shown;
}

Result<bool, WireError> is_made_with(const ShownStoreSecret& shown, const Secret& key)
{
    const auto mac = mac_of(sealed_part(shown.says), tail_of(shown.says), key);
    if (!mac)
        return std::unexpected(WireError::out_of_memory);
    return CRYPTO_memcmp(mac->data(), shown.mac.data(), mac->size()) == 0;
}

} // namespace gatehouse::wire
