#include "base/secret.hpp"

#include <openssl/crypto.h>
#include <sanitizer/asan_interface.h>

#include <cstring>
#include <utility>

namespace gatehouse
{

namespace
{
/// Tells AddressSanitizer that a slot ends after `size` bytes, since it knows nothing of the arena; nothing otherwise.
void fence([[maybe_unused]] std::span<std::uint8_t> slot, [[maybe_unused]] std::size_t size)
{
    ASAN_UNPOISON_MEMORY_REGION(slot.data(), size);
    ASAN_POISON_MEMORY_REGION(slot.data() + size, slot.size() - size);
}
} // namespace

Secret::Secret(Secret&& other) noexcept : slot_(std::exchange(other.slot_, {})), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other) {
        wipe();
        slot_ = std::exchange(other.slot_, {});
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

bool Secret::reserve(std::size_t size) noexcept
{
    if (size <= slot_.size())
        return true;
    const auto wider = SecretArena::process().take(size);
    if (wider.empty())
        return false;
    if (size_ > 0)
        std::memcpy(wider.data(), slot_.data(), size_);
    fence(slot_, slot_.size());
    SecretArena::process().give_back(std::exchange(slot_, wider));
    fence(slot_, size_);
    return true;
}

bool Secret::append(std::span<const std::uint8_t> bytes) noexcept
{
    if (bytes.empty())
        return true;
    if (!reserve(size_ + bytes.size()))
        return false;
    fence(slot_, size_ + bytes.size());
    std::memcpy(slot_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
}

bool Secret::append(std::string_view text) noexcept
{
    return append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void Secret::drop_front(std::size_t count) noexcept
{
    if (count == 0)
        return;
    std::memmove(slot_.data(), slot_.data() + count, size_ - count);
    truncate(size_ - count);
}

void Secret::truncate(std::size_t size) noexcept
{
    if (size < size_)
        OPENSSL_cleanse(slot_.data() + size, size_ - size);
    size_ = std::min(size_, size);
    fence(slot_, size_);
}

void Secret::wipe() noexcept
{
    fence(slot_, slot_.size());
    SecretArena::process().give_back(std::exchange(slot_, {}));
    size_ = 0;
}

bool Secret::equals(const Secret& other) const noexcept
{
    return size_ == other.size_ && (size_ == 0 || CRYPTO_memcmp(slot_.data(), other.slot_.data(), size_) == 0);
}

} // namespace gatehouse
