#pragma once

#include "base/scram_verifier.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::directory
{

/// SCRAM verifiers for names that have none: like those of the people, always the same for a name, and no password
/// fits them. Their salts hang on a secret of one of the people, not on a random key: they outlive a restart, and other
/// nodes that read the same file make the same, as it is with real ones.
class ScramDecoys
{
public:
    /// One of the people: the hash of their password, which nobody else sees, and their verifiers.
    void learn(std::string_view password_hash, std::span<const ScramVerifier> verifiers);

    /// `name` in lower case.
    ScramVerifier verifier_for(std::string_view name, ScramHash hash) const;

private:
    struct Pattern {
        std::string rank; // of whoever the pattern is taken from: who has the lowest stays when others come and go
        std::string key;
        std::uint32_t iterations = usual_scram_iterations;
        std::size_t salt = usual_scram_salt;
    };
    Pattern& pattern_of(ScramHash hash) { return patterns_[hash == ScramHash::sha1 ? 0 : 1]; }
    const Pattern& pattern_of(ScramHash hash) const { return patterns_[hash == ScramHash::sha1 ? 0 : 1]; }

    std::array<Pattern, 2> patterns_;
};

} // namespace gatehouse::directory
