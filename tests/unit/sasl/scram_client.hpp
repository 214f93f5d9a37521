#pragma once

#include "base/scram_verifier.hpp"
#include "base/text.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace gatehouse
{

/// The client's side of SCRAM, for tests: RFC 5802, section 3, from the password.
struct ScramClient {
    ScramHash hash = ScramHash::sha256;
    std::string login = "user"; ///< encoded
    std::string password = "pencil";
    std::string header = "n,,"; ///< gs2-header
    std::string binding{};      ///< bytes that follow the header in c=
    std::string nonce = "rOprNGfwEbeRWgbNEkqO";
    std::string more{};          ///< ",x=..." after the nonce of the first message
    std::string more_in_final{}; ///< the same before the proof

    std::string bare() const { return "n=" + login + ",r=" + nonce + more; }
    std::string first() const { return header + bare(); }

    static std::string base64(std::string_view bytes)
    {
        return text::base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }

    static std::string attribute(std::string_view message, std::string_view name)
    {
        for (const auto part : text::split(message, ','))
            if (part.starts_with(name))
                return std::string(part.substr(name.size()));
        FAIL("the server's message has no " << name);
        return {};
    }

    std::string without_proof(std::string_view challenge) const
    {
        return "c=" + base64(header + binding) + ",r=" + attribute(challenge, "r=") + more_in_final;
    }

    std::string final_message(std::string_view challenge)
    {
        const auto salt = text::decode_base64(attribute(challenge, "s="));
        REQUIRE(salt);
        Secret secret;
        REQUIRE(secret.append(password));
        const auto verifier = derive_scram_verifier(hash, secret, std::string(salt->view()),
                                                    static_cast<std::uint32_t>(std::stoul(attribute(challenge, "i="))));
        REQUIRE(verifier);
        const std::string text = bare() + ',' + std::string(challenge) + ',' + without_proof(challenge);
        server_signature = scram_hmac(hash, verifier->server_key, text);
        return without_proof(challenge) +
               ",p=" + base64(proof(*salt, verifier->iterations, verifier->stored_key, text));
    }

    /// What the server's last message must be; known after `final_message`.
    std::string expected() const { return "v=" + base64(server_signature); }

    std::string server_signature{};

private:
    std::string proof(const Secret& salt, std::uint32_t iterations, std::string_view stored_key,
                      std::string_view text) const
    {
        std::string key = client_key(salt.view(), iterations);
        REQUIRE(scram_digest(hash, key) == stored_key);
        const std::string signature = scram_hmac(hash, stored_key, text);
        for (std::size_t i = 0; i < key.size(); ++i)
            key[i] = static_cast<char>(key[i] ^ signature[i]);
        return key;
    }

    /// Hi() once more, by its definition, since the code under test lets no client key out.
    std::string client_key(std::string_view salt, std::uint32_t iterations) const
    {
        std::string block = scram_hmac(hash, password, std::string(salt) + std::string("\0\0\0\1", 4));
        std::string salted = block;
        for (std::uint32_t i = 1; i < iterations; ++i) {
            block = scram_hmac(hash, password, block);
            for (std::size_t at = 0; at < salted.size(); ++at)
                salted[at] = static_cast<char>(salted[at] ^ block[at]);
        }
        return scram_hmac(hash, salted, "Client Key");
    }
};

} // namespace gatehouse
