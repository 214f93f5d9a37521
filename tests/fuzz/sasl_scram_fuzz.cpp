// SCRAM: a client that knows the password plays against the server. The first byte says which mechanism and what is
// spoiled; then come, one a line, what stands in place of the first message, and what is written over the last one.
// covers: authd/sasl/scram.cpp authd/sasl/scram_message.cpp
#include "base/text.hpp"
#include "fuzz.hpp"
#include "sasl/scram.hpp"

#include <array>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

namespace
{
constexpr std::string_view binding = "exported-key";

enum : std::uint8_t { of_sha1 = 1, plus = 2, own_first = 4, overwritten = 8, cut_short = 16, another_final = 32 };

/// A person whose client key is known, so that no PBKDF2 is computed; everybody else's verifier is a decoy.
struct OnePerson : VerifierSource {
    explicit OnePerson(ScramHash hash) : hash(hash), client_key(size_of(hash), 'k')
    {
        verifier = {.hash = hash,
                    .iterations = fewest_scram_iterations,
                    .salt = "0123456789abcdef",
                    .stored_key = scram_digest(hash, client_key),
                    .server_key = std::string(size_of(hash), 's')};
    }
    FoundVerifier find_verifier(const LoginName& name, ScramHash asked) const override
    {
        require(asked == hash);
        if (name.user != "user")
            return {.verifier = verifier};
        return {.verifier = verifier, .reason = Reason::granted, .realm = "LOCAL", .name = "user"};
    }

    ScramHash hash;
    std::string client_key;
    ScramVerifier verifier;
};

/// Made once: what is fuzzed are the messages.
struct Realm {
    explicit Realm(ScramHash hash)
        : person(std::make_shared<OnePerson>(hash)),
          verifiers(std::make_shared<const Verifiers>(
              std::vector<Verifiers::Realm>{{.names = {.realm = "LOCAL", .is_default = true}, .source = person}}))
    {
    }

    std::shared_ptr<OnePerson> person;
    std::shared_ptr<const Verifiers> verifiers;
};

const Realm& realm_of(std::uint8_t wishes)
{
    static const Realm sha1(ScramHash::sha1);
    static const Realm sha256(ScramHash::sha256);
    return (wishes & of_sha1) != 0 ? sha1 : sha256;
}

const Mechanism& mechanism_of(std::uint8_t wishes)
{
    if ((wishes & of_sha1) != 0)
        return (wishes & plus) != 0 ? sasl::scram_sha1_plus : sasl::scram_sha1;
    return (wishes & plus) != 0 ? sasl::scram_sha256_plus : sasl::scram_sha256;
}

std::string base64(std::string_view bytes)
{
    return text::base64(bytes_of(bytes));
}

/// The honest answer to a challenge, whatever the first message was.
std::string final_message(const OnePerson& person, std::string_view first, std::string_view challenge, bool bound)
{
    const std::size_t header = std::min(first.find(',', first.find(',') + 1) + 1, first.size());
    const std::string nonce(challenge.substr(2, challenge.find(',') - 2));
    const std::string channel =
        std::string(first.substr(0, header)) + std::string(bound ? binding : std::string_view());
    std::string message = "c=" + base64(channel) + ",r=" + nonce;
    const std::string text = std::string(first.substr(header)) + ',' + std::string(challenge) + ',' + message;
    std::string proof = scram_hmac(person.hash, person.verifier.stored_key, text);
    for (std::size_t i = 0; i < proof.size(); ++i)
        proof[i] = static_cast<char>(proof[i] ^ person.client_key[i]);
    return message += ",p=" + base64(proof);
}

std::string_view next_line(std::string_view& stream)
{
    const std::string_view line = stream.substr(0, stream.find('\n'));
    stream.remove_prefix(std::min(line.size() + 1, stream.size()));
    return line;
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    if (size == 0)
        return 0;
    const std::uint8_t wishes = bytes[0];
    std::string_view stream = text_of(bytes + 1, size - 1);
    const Realm& realm = realm_of(wishes);
    const OnePerson& person = *realm.person;
    const bool bound = (wishes & plus) != 0;
    const auto exchange = mechanism_of(wishes).begin({.verifiers = realm.verifiers},
                                                     {.bindings = {{"tls-exporter", std::string(binding)}}});

    const std::string first = (wishes & own_first) != 0
                                  ? std::string(next_line(stream))
                                  : std::string(bound ? "p=tls-exporter" : "n") + ",,n=user,r=abc";
    const auto step = exchange->step(secret_of(first));
    const auto* challenge = std::get_if<Exchange::Continue>(&step);
    require((wishes & own_first) != 0 || challenge != nullptr);
    if (challenge == nullptr) {
        require(std::holds_alternative<Exchange::Broken>(exchange->step(secret_of(first))));
        return 0;
    }
    const std::string honest = final_message(person, first, challenge->challenge, bound);
    std::string last = honest;
    const std::string_view spoil = next_line(stream);
    if ((wishes & another_final) != 0)
        last = spoil;
    else if ((wishes & overwritten) != 0 && !spoil.empty())
        last.replace(static_cast<std::uint8_t>(spoil[0]) % last.size(), spoil.size() - 1, spoil.substr(1));
    if ((wishes & cut_short) != 0)
        last.resize(last.size() / 2);
    const auto end = exchange->step(secret_of(last));
    require(!std::holds_alternative<Exchange::Continue>(end));
    if (const auto* shown = std::get_if<Exchange::Shown>(&end)) {
        const auto& credential = std::get<VerifierCredential>(shown->credential);
        planted_bug(credential.login);
        require(credential.proof != Reason::granted || (last == honest && credential.name == "user"));
        require(shown->last.starts_with("v="));
    }
    require((wishes & (own_first | overwritten | cut_short | another_final)) != 0 ||
            std::holds_alternative<Exchange::Shown>(end));
    require(std::holds_alternative<Exchange::Broken>(exchange->step(secret_of(last))));
    return 0;
}
