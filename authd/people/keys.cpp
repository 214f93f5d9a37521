#include "people/keys.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <new>

namespace gatehouse::people
{

void Keys::FreeMac::operator()(evp_mac_ctx_st* mac) const
{
    EVP_MAC_CTX_free(mac);
}

Keys::Keys()
{
    EVP_MAC* const siphash = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
    mac_.reset(EVP_MAC_CTX_new(siphash));
    EVP_MAC_free(siphash);
    std::array<unsigned char, 16> key;
    std::size_t size = sizeof(Print);
    const std::array parameters{OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
    if (!mac_ || RAND_bytes(key.data(), static_cast<int>(key.size())) != 1 ||
        EVP_MAC_init(mac_.get(), key.data(), key.size(), parameters.data()) != 1)
        throw std::bad_alloc();
}

Keys::~Keys() = default;

Keys::Print Keys::print_of(std::string_view text)
{
    Print print{};
    std::size_t size = 0;
    if (EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) != 1 || // the same key again
        EVP_MAC_update(mac_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1 ||
        EVP_MAC_final(mac_.get(), reinterpret_cast<unsigned char*>(print.data()), &size, sizeof print) != 1)
        throw std::bad_alloc(); // nothing else makes it fail
    return print;
}

KeyId Keys::id_of(std::string_view text)
{
    const Print print = print_of(text);
    if (const auto known = ids_.find(print); known != ids_.end())
        return *known;
    KeyId id = static_cast<KeyId>(prints_.size());
    if (free_.empty()) {
        prints_.push_back(print);
    } else {
        id = free_.back();
        free_.pop_back();
        prints_[id] = print;
    }
    ids_.insert(id);
    return id;
}

void Keys::drop(KeyId id)
{
    ids_.erase(id);
    free_.push_back(id);
}

} // namespace gatehouse::people
