#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>

namespace gatehouse::edge
{

/// The keys that seal TLS session tickets (RFC 5077): random, never written, renewed as they are used. A ticket can be
/// resumed for one to two lifetimes; who steals a key later learns nothing older. Thread-safe; outlives every
/// connection.
class TicketKeys
{
public:
    static constexpr std::chrono::hours lifetime{8};

    TicketKeys() = default;
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    /// Tickets of this context are sealed with these keys.
    void serve(SSL_CTX& context);

private:
    struct Key {
        std::array<unsigned char, 16> name;
        std::array<unsigned char, 32> cipher;
        std::array<unsigned char, 32> mac;
        std::chrono::steady_clock::time_point made;
    };
    static int handle(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                      int sealing);
    int seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);
    int open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);
    bool renew();

    std::mutex mutex_;
    std::deque<Key> keys_; // newest first
};

} // namespace gatehouse::edge
