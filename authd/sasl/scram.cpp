#include "sasl/scram.hpp"

#include "base/text.hpp"
#include "sasl/broken.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace gatehouse::sasl
{

namespace
{
constexpr std::size_t nonce_bytes = 24;

std::string base64_of(std::string_view bytes)
{
    return text::base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// Empty: there is no randomness.
std::string fresh_nonce()
{
    std::array<std::uint8_t, nonce_bytes> bytes{};
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return {};
    return text::base64(bytes);
}

Exchange::Unproved no_crypto(std::string login)
{
    return {.reason = Reason::internal, .why = "OpenSSL cannot compute", .login = std::move(login)};
}

/// Does the proof hide a key whose hash is the stored one? `signature` is what hides it.
bool fits(const ScramVerifier& verifier, std::string_view signature, std::string_view proof)
{
    std::string key(signature);
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<char>(key[i] ^ proof[i]);
    const std::string stored = scram_digest(verifier.hash, key);
    ::OPENSSL_cleanse(key.data(), key.size()); // it logs in
    return stored.size() == verifier.stored_key.size() &&
           ::CRYPTO_memcmp(stored.data(), verifier.stored_key.data(), stored.size()) == 0;
}
} // namespace

Exchange::Step Scram::step(Secret message)
{
    switch (state_) {
    case State::begun: return take_first(message.view());
    case State::challenged: return take_final(message.view());
    case State::over: break;
    }
    return already_over();
}

Exchange::Step Scram::take_first(std::string_view message)
{
    auto first = parse_scram_client_first(message);
    if (!first)
        return finish(broken(std::move(first.error().text)));
    first_ = std::move(*first);
    if (auto step = check_binding(); !std::holds_alternative<Continue>(step))
        return finish(std::move(step));
    if (verifiers_ == nullptr) // they went with a reload
        return finish(Unproved{Reason::internal, "no realm keeps SCRAM verifiers", first_.login});
    found_ = verifiers_->find(first_.login, told_.realm_hint, hash_);
    if (is_outage(found_.reason))
        return finish(Unproved{found_.reason, found_.why, first_.login});
    const std::string own_nonce = fresh_nonce();
    if (own_nonce.empty())
        return finish(no_crypto(first_.login));
    nonce_ = first_.nonce + own_nonce;
    challenge_ =
        "r=" + nonce_ + ",s=" + base64_of(found_.verifier.salt) + ",i=" + std::to_string(found_.verifier.iterations);
    state_ = State::challenged;
    return Continue{challenge_};
}

/// RFC 5802, section 6. Continue: the client may go on.
Exchange::Step Scram::check_binding()
{
    channel_ = first_.gs2_header;
    if (plus_ == Plus::no) {
        if (first_.binding == ScramBinding::used)
            return broken("the client binds the channel with a mechanism that does not");
        if (first_.binding == ScramBinding::not_offered && !told_.bindings.empty())
            return Unproved{Reason::channel_binding_differs,
                            "the client has not seen that channel binding was offered: somebody may have removed it",
                            first_.login};
        return Continue{};
    }
    if (first_.binding != ScramBinding::used)
        return broken("the client does not bind the channel with a mechanism that does");
    const auto binding = std::ranges::find(told_.bindings, first_.binding_type, &ChannelBinding::type);
    if (binding == told_.bindings.end())
        return broken("the client binds the channel by a type that the caller has not told");
    channel_ += binding->bytes;
    return Continue{};
}

Exchange::Step Scram::take_final(std::string_view message)
{
    const auto parsed = parse_scram_client_final(message);
    if (!parsed)
        return finish(broken(parsed.error().text));
    if (parsed->nonce != nonce_)
        return finish(broken("the last SCRAM message does not repeat the nonce"));
    if (parsed->proof.size() != size_of(hash_))
        return finish(broken("the proof of the last SCRAM message is not of the hash's size"));
    if (parsed->channel != channel_ && parsed->channel.starts_with(first_.gs2_header) && plus_ == Plus::yes)
        return finish(
            Unproved{Reason::channel_binding_differs, "the login was made for another TLS connection", first_.login});
    if (parsed->channel != channel_)
        return finish(broken("the last SCRAM message does not repeat the header"));
    const std::string signed_text = first_.bare + ',' + challenge_ + ',' + parsed->without_proof;
    const std::string client_signature = scram_hmac(hash_, found_.verifier.stored_key, signed_text);
    const std::string server_signature = scram_hmac(hash_, found_.verifier.server_key, signed_text);
    if (client_signature.empty() || server_signature.empty())
        return finish(no_crypto(first_.login));
    const bool right = fits(found_.verifier, client_signature, parsed->proof);
    const Reason wrong = found_.reason == Reason::granted ? Reason::wrong_password : found_.reason;
    return finish(Shown{VerifierCredential{.login = std::move(first_.login),
                                           .authzid = std::move(first_.authzid),
                                           .realm = std::move(found_.realm),
                                           .name = std::move(found_.name),
                                           .proof = right ? found_.reason : wrong,
                                           .why = std::move(found_.why)},
                        "v=" + base64_of(server_signature)});
}

Exchange::Step Scram::finish(Step last)
{
    state_ = State::over;
    return last;
}

namespace
{
template <ScramHash hash, Scram::Plus plus>
std::unique_ptr<Exchange> begin(const ExchangeMeans& means, Channel channel)
{
    return std::make_unique<Scram>(hash, plus, means.verifiers, std::move(channel));
}

template <ScramHash hash, Scram::Plus plus>
constexpr Mechanism mechanism_named(std::string_view name)
{
    return {.name = name,
            .plaintext = false,
            .client_first = true,
            .needs_keytab = false,
            .needs_verifiers = true,
            .needs_binding = plus == Scram::Plus::yes,
            .begin = begin<hash, plus>};
}
} // namespace

constinit const Mechanism scram_sha256_plus =
    mechanism_named<ScramHash::sha256, Scram::Plus::yes>("SCRAM-SHA-256-PLUS");
constinit const Mechanism scram_sha1_plus = mechanism_named<ScramHash::sha1, Scram::Plus::yes>("SCRAM-SHA-1-PLUS");
constinit const Mechanism scram_sha256 = mechanism_named<ScramHash::sha256, Scram::Plus::no>("SCRAM-SHA-256");
constinit const Mechanism scram_sha1 = mechanism_named<ScramHash::sha1, Scram::Plus::no>("SCRAM-SHA-1");

} // namespace gatehouse::sasl
