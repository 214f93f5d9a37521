#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse
{

/// The hash that a SCRAM mechanism stands on.
enum class ScramHash : std::uint8_t { sha1, sha256 };

/// Bytes of a hash, and so of each key.
constexpr std::size_t size_of(ScramHash hash)
{
    return hash == ScramHash::sha1 ? 20 : 32;
}

/// HMAC and H of RFC 5802, section 2.2, as bytes. Empty when OpenSSL has no memory.
std::string scram_hmac(ScramHash hash, std::string_view key, std::string_view text);
std::string scram_digest(ScramHash hash, std::string_view text);

/// What a server keeps of a password for SCRAM: enough to check a client's proof and to prove itself, not enough to log
/// in. The strings are bytes. Source: RFC 5802, section 3; RFC 7677.
struct ScramVerifier {
    ScramHash hash = ScramHash::sha256;
    std::uint32_t iterations = 0;
    std::string salt;
    std::string stored_key;
    std::string server_key;

    bool operator==(const ScramVerifier&) const = default;
};

/// Each login costs a client as many; RFC 7677, section 4 asks for 4,096 at the least.
inline constexpr std::uint32_t fewest_scram_iterations = 4096;
inline constexpr std::uint32_t most_scram_iterations = 10'000'000;
inline constexpr std::uint32_t usual_scram_iterations = 65'536; ///< some 30 ms of a client's time
inline constexpr std::size_t usual_scram_salt = 16;             ///< bytes

/// Reads "SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY" (RFC 5803, section 2, without blanks). Error: `invalid`
/// for another form, iterations out of the bounds above, a salt below 8 or over 64 bytes, a key of the wrong size.
Result<ScramVerifier> parse_scram_verifier(std::string_view text);
std::string format_scram_verifier(const ScramVerifier& verifier);

/// Computes for tens of milliseconds. Error: `invalid` for an empty password, and for one that is not of printable
/// ASCII: how clients prepare other characters (SASLprep, RFC 4013) differs, and nobody could log in. `unavailable`
/// when OpenSSL cannot compute.
Result<ScramVerifier> derive_scram_verifier(ScramHash hash, const Secret& password, std::string salt,
                                            std::uint32_t iterations);

/// The same of the usual cost with a random salt.
Result<ScramVerifier> make_scram_verifier(ScramHash hash, const Secret& password);

} // namespace gatehouse
