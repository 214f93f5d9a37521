#include "edge/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

namespace gatehouse::edge
{

namespace
{
constexpr std::size_t kept_keys = 2;

int slot_in_context()
{
    static const int slot = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return slot;
}

bool set_mac(EVP_MAC_CTX* mac, std::array<unsigned char, 32>& key)
{
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 3> params{
        ::OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.data(), key.size()),
        ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), ::OSSL_PARAM_construct_end()};
    return ::EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}
} // namespace

TicketKeys::~TicketKeys()
{
    for (Key& key : keys_)
        ::OPENSSL_cleanse(&key, sizeof key);
}

void TicketKeys::serve(SSL_CTX& context)
{
    ::SSL_CTX_set_ex_data(&context, slot_in_context(), this);
    ::SSL_CTX_set_tlsext_ticket_key_evp_cb(&context, &TicketKeys::handle);
}

int TicketKeys::handle(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                       int sealing)
{
    auto* const self = static_cast<TicketKeys*>(::SSL_CTX_get_ex_data(::SSL_get_SSL_CTX(ssl), slot_in_context()));
    const std::lock_guard lock(self->mutex_);
    return sealing != 0 ? self->seal(name, iv, cipher, mac) : self->open(name, iv, cipher, mac);
}

bool TicketKeys::renew()
{
    const auto now = std::chrono::steady_clock::now();
    if (!keys_.empty() && now - keys_.front().made < lifetime)
        return true;
    Key key{};
    key.made = now;
    if (::RAND_bytes(key.name.data(), key.name.size()) != 1 ||
        ::RAND_priv_bytes(key.cipher.data(), key.cipher.size()) != 1 ||
        ::RAND_priv_bytes(key.mac.data(), key.mac.size()) != 1)
        return false;
    keys_.push_front(key);
    ::OPENSSL_cleanse(&key, sizeof key);
    for (; keys_.size() > kept_keys; keys_.pop_back())
        ::OPENSSL_cleanse(&keys_.back(), sizeof(Key));
    return true;
}

int TicketKeys::seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac)
{
    constexpr int block = 16;
    if (!renew() || ::RAND_bytes(iv, block) != 1)
        return -1;
    Key& key = keys_.front();
    std::ranges::copy(key.name, name);
    return ::EVP_EncryptInit_ex(cipher, ::EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) == 1 &&
                   set_mac(mac, key.mac)
               ? 1
               : -1;
}

/// 0: an unknown key, so that a full handshake follows. 2: opened, and the client gets a new ticket.
int TicketKeys::open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac)
{
    if (!renew())
        return -1;
    const auto key = std::ranges::find_if(
        keys_, [&](const Key& each) { return std::memcmp(each.name.data(), name, each.name.size()) == 0; });
    if (key == keys_.end() || std::chrono::steady_clock::now() - key->made > 2 * lifetime)
        return 0;
    if (::EVP_DecryptInit_ex(cipher, ::EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) != 1 ||
        !set_mac(mac, key->mac))
        return -1;
    return key == keys_.begin() ? 1 : 2;
}

} // namespace gatehouse::edge
