#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <string>

namespace gatehouse
{

/// What one argon2id hash costs to verify (RFC 9106, section 3.1).
struct Argon2Cost {
    std::uint32_t memory = 19 * 1024; ///< KiB; this and the two below are OWASP's first choice for argon2id
    std::uint32_t passes = 2;
    std::uint32_t lanes = 1;

    auto operator<=>(const Argon2Cost&) const = default;
};

/// Hashes that cost more are refused: each login would take all of the machine.
inline constexpr Argon2Cost highest_cost{.memory = 1024 * 1024, .passes = 16, .lanes = 8};

/// The cost of an encoded hash, "$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG", the form that `argon2 -e`, PHP and passlib
/// write. Error: `invalid` for another form, for costs above `highest_cost`, for a salt below 8 or a tag below 16
/// bytes.
Result<Argon2Cost> argon2_cost(const std::string& encoded);

/// Computes for tens of milliseconds. True when `password` is the one that `encoded` was made of. Error: `limit` when
/// there is no memory for it; `invalid` when `encoded` is no hash.
Result<bool> verify_password(const std::string& encoded, const Secret& password);

/// A hash of the default cost with a random salt of 16 bytes. Error: `invalid` for an empty password; `unavailable`
/// without randomness or memory.
Result<std::string> hash_password(const Secret& password);

/// A hash of this cost that no password verifies: to spend the same time on a person who does not exist.
std::string unmatched_hash(Argon2Cost cost);

} // namespace gatehouse
