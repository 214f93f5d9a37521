#include "base/scram_verifier.hpp"

#include "base/text.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

namespace gatehouse
{

namespace
{
constexpr std::array<std::pair<std::string_view, ScramHash>, 2> names{
    {{"SCRAM-SHA-256", ScramHash::sha256}, {"SCRAM-SHA-1", ScramHash::sha1}}};

const EVP_MD* digest_of(ScramHash hash)
{
    return hash == ScramHash::sha1 ? EVP_sha1() : EVP_sha256();
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64_of(std::string_view bytes)
{
    return text::base64({bytes_of(bytes), bytes.size()});
}

/// Nothing: it is no base64, or its size is out of bounds.
std::optional<std::string> decoded(std::string_view base64, std::size_t least, std::size_t most)
{
    const auto bytes = text::decode_base64(base64);
    if (!bytes || bytes->size() < least || bytes->size() > most)
        return {};
    return std::string(bytes->view());
}

bool is_printable_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// PBKDF2 of the password, which RFC 5802 calls Hi(); in secret memory, because it is as good as the password.
Result<Secret> salted_password(ScramHash hash, const Secret& password, std::string_view salt, std::uint32_t iterations)
{
    const std::array<std::uint8_t, 32> room{};
    Secret salted;
    if (!salted.append(std::span(room).first(size_of(hash))))
        return over_limit("the secret memory is full");
    if (::PKCS5_PBKDF2_HMAC(password.view().data(), static_cast<int>(password.size()), bytes_of(salt),
                            static_cast<int>(salt.size()), static_cast<int>(iterations), digest_of(hash),
                            static_cast<int>(size_of(hash)), salted.writable().data()) != 1)
        return unavailable("OpenSSL cannot compute PBKDF2");
    return salted;
}
} // namespace

std::string scram_hmac(ScramHash hash, std::string_view key, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (::HMAC(digest_of(hash), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), out.data(),
               &size) == nullptr)
        return {};
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::string scram_digest(ScramHash hash, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (::EVP_Digest(text.data(), text.size(), out.data(), &size, digest_of(hash), nullptr) != 1)
        return {};
    return {reinterpret_cast<const char*>(out.data()), size};
}

Result<ScramVerifier> parse_scram_verifier(std::string_view text)
{
    static const std::string form = "expected a verifier SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY or "
                                    "SCRAM-SHA-1$..., as `authctl hash --scram` makes it";
    const auto parts = text::split(text, '$');
    if (parts.size() != 3)
        return invalid(form);
    const auto name = std::ranges::find(names, parts[0], &std::pair<std::string_view, ScramHash>::first);
    const auto cost = text::split(parts[1], ':');
    const auto keys = text::split(parts[2], ':');
    if (name == names.end() || cost.size() != 2 || keys.size() != 2)
        return invalid(form);
    ScramVerifier verifier{.hash = name->second};
    const char* const end = cost[0].data() + cost[0].size();
    const auto [after, error] = std::from_chars(cost[0].data(), end, verifier.iterations);
    if (error != std::errc{} || after != end)
        return invalid(form);
    if (verifier.iterations < fewest_scram_iterations || verifier.iterations > most_scram_iterations)
        return invalid("expected 4096 to 10000000 iterations, found " + std::string(cost[0]));
    const std::size_t size = size_of(verifier.hash);
    auto salt = decoded(cost[1], 8, 64);
    auto stored_key = decoded(keys[0], size, size);
    auto server_key = decoded(keys[1], size, size);
    if (!salt || !stored_key || !server_key)
        return invalid(form);
    verifier.salt = std::move(*salt);
    verifier.stored_key = std::move(*stored_key);
    verifier.server_key = std::move(*server_key);
    return verifier;
}

std::string format_scram_verifier(const ScramVerifier& verifier)
{
    const auto name = std::ranges::find(names, verifier.hash, &std::pair<std::string_view, ScramHash>::second);
    return std::string(name->first) + '$' + std::to_string(verifier.iterations) + ':' + base64_of(verifier.salt) + '$' +
           base64_of(verifier.stored_key) + ':' + base64_of(verifier.server_key);
}

Result<ScramVerifier> derive_scram_verifier(ScramHash hash, const Secret& password, std::string salt,
                                            std::uint32_t iterations)
{
    if (password.empty())
        return invalid("the password is empty");
    if (!is_printable_ascii(password.view()))
        return invalid("SCRAM takes passwords of printable ASCII only: clients differ in how they prepare others");
    const auto salted = salted_password(hash, password, salt, iterations);
    if (!salted)
        return std::unexpected(salted.error());
    std::string client_key = scram_hmac(hash, salted->view(), "Client Key");
    ScramVerifier verifier{.hash = hash,
                           .iterations = iterations,
                           .salt = std::move(salt),
                           .stored_key = scram_digest(hash, client_key),
                           .server_key = scram_hmac(hash, salted->view(), "Server Key")};
    ::OPENSSL_cleanse(client_key.data(), client_key.size()); // it logs in
    if (client_key.empty() || verifier.stored_key.empty() || verifier.server_key.empty())
        return unavailable("OpenSSL cannot compute HMAC");
    return verifier;
}

Result<ScramVerifier> make_scram_verifier(ScramHash hash, const Secret& password)
{
    std::array<unsigned char, usual_scram_salt> salt{};
    if (::RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1)
        return unavailable("the system gives no random bytes");
    return derive_scram_verifier(hash, password, {salt.begin(), salt.end()}, usual_scram_iterations);
}

} // namespace gatehouse
