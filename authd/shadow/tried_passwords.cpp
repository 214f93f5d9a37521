#include "shadow/tried_passwords.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <utility>

namespace gatehouse::shadow
{

namespace
{

constexpr std::size_t key_size = 32;

/// Each part with its length before it, so that no two triples make the same bytes.
bool append_part(Secret& message, std::string_view part)
{
    const std::uint64_t size = part.size();
    std::array<std::uint8_t, sizeof size> length{};
    for (std::size_t i = 0; i < length.size(); ++i)
        length[i] = static_cast<std::uint8_t>(size >> (8 * i));
    return message.append(length) && message.append(part);
}

} // namespace

Result<TriedPasswords> TriedPasswords::create(std::size_t capacity)
{
    Secret key;
    if (!key.append(std::array<std::uint8_t, key_size>{}))
        return over_limit("the secret memory of this program is full");
    if (RAND_bytes(key.writable().data(), static_cast<int>(key_size)) != 1)
        return unavailable("OpenSSL has no randomness");
    return TriedPasswords(std::move(key), capacity);
}

std::optional<TriedPasswords::Mark> TriedPasswords::mark_of(std::string_view realm, std::string_view id,
                                                            const Secret& password) const
{
    Secret message;
    if (!append_part(message, realm) || !append_part(message, id) || !append_part(message, password.view()))
        return {};
    Mark mark{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key_.bytes().data(), static_cast<int>(key_.size()), message.bytes().data(), message.size(),
             mark.data(), &size) == nullptr)
        return {};
    return mark;
}

bool TriedPasswords::begin(const Mark& mark)
{
    if (marks_.size() >= capacity_)
        return false;
    return marks_.insert(mark).second;
}

} // namespace gatehouse::shadow
