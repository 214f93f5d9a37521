#pragma once

#include "wire/wire_error.hpp"

#include "base/result.hpp"
#include "base/secret.hpp"
#include "identity/person.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// A store secret: what the mail edge shows to a mail store where a password would stand, to log one person in once.
/// Made by the authd that has logged the person in, taken by the one that serves the store. Pure functions.
///
///     ghs1.<base64url: minted, nonce, login print, MAC>.<base64url: realm NUL id NUL service>.<store>
///
/// minted: milliseconds since 1970, 8 bytes, the highest first. Nonce: 16 random bytes. Login print: the first 16 bytes
/// of SHA-256 of the login name that is shown with it, so that another one is told from a forgery. MAC: HMAC-SHA-256
/// (RFC 2104), 32 bytes, over a label, the three before it, and the text behind it. Letters, digits, '.', '-' and '_'
/// only: it passes unharmed through IMAP's quoted strings, SASL PLAIN and saslauthd, and Cyrus and Dovecot take 250
/// bytes everywhere. Which were spent is not known here: gate/store_secrets.hpp.
namespace gatehouse::wire
{

/// A password that begins so is a store secret or nothing.
inline constexpr std::string_view store_secret_prefix = "ghs1.";
/// Bytes of one. With a store's name of 64 bytes realm, id and service may have 60 together.
inline constexpr std::size_t max_store_secret = 250;
inline constexpr std::size_t max_store_name = 64;
/// A key's bytes, at least.
inline constexpr std::size_t min_store_key = 32;
/// From `minted` on.
inline constexpr std::chrono::seconds store_secret_lives{30};

struct StoreSecret {
    static constexpr std::size_t nonce_size = 16;
    static constexpr std::size_t print_size = 16;

    std::chrono::sys_time<std::chrono::milliseconds> minted{};
    std::array<std::uint8_t, nonce_size> nonce{};
    std::array<std::uint8_t, print_size> login_print{};
    std::string realm{};   ///< whose `id` it is
    std::string id{};      ///< Person::id
    std::string service{}; ///< that it opens
    std::string store{};   ///< where

    bool operator==(const StoreSecret&) const = default;
};

/// Is this a store secret, or damaged as one? Then it is never to be taken for a password.
bool is_store_secret(std::string_view shown);

/// 1 to 64 letters, digits, '.', '-' and '_'.
bool is_store_name(std::string_view name);

/// The print of a login name. Zeros when OpenSSL has no SHA-256, which no login name has.
std::array<std::uint8_t, StoreSecret::print_size> login_print(std::string_view login);

/// The text. Errors: `malformed` for a store's name that does not fit, for an empty member and one with a NUL;
/// `too_long`; `out_of_memory`, also when OpenSSL cannot compute.
Result<Secret, WireError> format_store_secret(const StoreSecret& secret, const Secret& key);

/// What a text says, whoever made it.
struct ShownStoreSecret {
    StoreSecret says{};
    std::array<std::uint8_t, 32> mac{};
};

/// Errors: `too_long`, `malformed`, `out_of_memory`. Two texts never say the same.
Result<ShownStoreSecret, WireError> parse_store_secret(std::string_view text);

/// Was it made with this key? In time that does not depend on where the MAC differs. Error: `out_of_memory` when
/// OpenSSL cannot compute.
Result<bool, WireError> is_made_with(const ShownStoreSecret& shown, const Secret& key);

} // namespace gatehouse::wire
