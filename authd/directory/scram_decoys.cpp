#include "directory/scram_decoys.hpp"

#include <utility>

namespace gatehouse::directory
{

namespace
{
/// As long as wanted, up to the 64 bytes of two blocks.
std::string bytes_for(std::string_view key, std::string_view what, std::string_view name, std::size_t size)
{
    std::string bytes;
    for (const char block : {'1', '2'})
        bytes += scram_hmac(ScramHash::sha256, key, std::string(what) + block + std::string(name));
    bytes.resize(size);
    return bytes;
}
} // namespace

void ScramDecoys::learn(std::string_view password_hash, std::span<const ScramVerifier> verifiers)
{
    std::string rank = scram_digest(ScramHash::sha256, password_hash);
    for (const ScramVerifier& verifier : verifiers) {
        Pattern& pattern = pattern_of(verifier.hash);
        if (pattern.rank.empty() || rank < pattern.rank)
            pattern = {.rank = rank,
                       .key = std::string(password_hash),
                       .iterations = verifier.iterations,
                       .salt = verifier.salt.size()};
    }
}

ScramVerifier ScramDecoys::verifier_for(std::string_view name, ScramHash hash) const
{
    const Pattern& pattern = pattern_of(hash);
    return {.hash = hash,
            .iterations = pattern.iterations,
            .salt = bytes_for(pattern.key, "salt", name, pattern.salt),
            .stored_key = bytes_for(pattern.key, "stored key", name, size_of(hash)),
            .server_key = bytes_for(pattern.key, "server key", name, size_of(hash))};
}

} // namespace gatehouse::directory
