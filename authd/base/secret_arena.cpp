#include "base/secret_arena.hpp"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>

namespace gatehouse
{

namespace
{
std::unique_ptr<SecretArena>& installed()
{
    static std::unique_ptr<SecretArena> arena;
    return arena;
}

std::atomic<std::size_t> default_size{4 * 1024 * 1024};

std::string memlock_limit()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur / 1024) + " KiB";
}
} // namespace

Result<std::unique_ptr<SecretArena>> SecretArena::create(std::size_t size, Locking locking)
{
    size = std::bit_ceil(std::max<std::size_t>(size, 64 * 1024));
    void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return unavailable("secret memory: cannot map " + std::to_string(size) + " bytes: " + std::strerror(errno));
    const int lock = locking == Locking::required ? ::mlock(pages, size) : ::mlock2(pages, size, MLOCK_ONFAULT);
    if (lock != 0 && locking == Locking::required) {
        const std::string why = std::strerror(errno);
        ::munmap(pages, size);
        return unavailable("secret memory: cannot lock " + std::to_string(size / 1024) + " KiB: " + why +
                           "; the memlock limit is " + memlock_limit() +
                           ": raise LimitMEMLOCK in the unit, or lower process.secret_memory");
    }
    ::madvise(pages, size, MADV_DONTDUMP);
    ::madvise(pages, size, MADV_WIPEONFORK);
    return std::unique_ptr<SecretArena>(new SecretArena(static_cast<std::uint8_t*>(pages), size));
}

SecretArena& SecretArena::process()
{
    static std::once_flag once;
    std::call_once(once, [] {
        if (!installed())
            installed() = create(default_size, Locking::best_effort).value();
    });
    return *installed();
}

void SecretArena::set_default_size(std::size_t size) noexcept
{
    default_size = size;
}

void SecretArena::install(std::unique_ptr<SecretArena> arena)
{
    installed() = std::move(arena);
}

SecretArena::SecretArena(std::uint8_t* pages, std::size_t size)
    : pages_(pages),
      size_(size),
      top_order_(std::bit_width(size / smallest_slot) - 1),
      links_(size / smallest_slot),
      free_heads_(top_order_ + 1, none)
{
    push_free(0, top_order_);
}

SecretArena::~SecretArena()
{
    OPENSSL_cleanse(pages_, size_);
    ::munmap(pages_, size_);
}

std::size_t SecretArena::order_of(std::size_t size) const noexcept
{
    const std::size_t slots = (std::max<std::size_t>(size, 1) + smallest_slot - 1) / smallest_slot;
    return static_cast<std::size_t>(std::bit_width(std::bit_ceil(slots)) - 1);
}

void SecretArena::push_free(std::uint32_t slot, std::size_t order) noexcept
{
    const std::uint32_t head = free_heads_[order];
    links_[slot] = {head, none, static_cast<std::uint8_t>(order)};
    if (head != none)
        links_[head].previous = slot;
    free_heads_[order] = slot;
}

void SecretArena::unlink(std::uint32_t slot, std::size_t order) noexcept
{
    const Link link = links_[slot];
    if (link.previous == none)
        free_heads_[order] = link.next;
    else
        links_[link.previous].next = link.next;
    if (link.next != none)
        links_[link.next].previous = link.previous;
    links_[slot] = {};
}

std::span<std::uint8_t> SecretArena::take(std::size_t size) noexcept
{
    if (size > size_)
        return {};
    const std::size_t wanted = order_of(size);
    const std::lock_guard lock(mutex_);
    std::size_t order = wanted;
    while (order <= top_order_ && free_heads_[order] == none)
        ++order;
    if (order > top_order_)
        return {};
    const std::uint32_t slot = free_heads_[order];
    unlink(slot, order);
    while (order > wanted) { // split: the upper half of each step stays free
        --order;
        push_free(slot + (1U << order), order);
    }
    used_ += slot_size(wanted);
    return {pages_ + slot * smallest_slot, slot_size(wanted)};
}

void SecretArena::give_back(std::span<std::uint8_t> given) noexcept
{
    if (given.empty())
        return;
    OPENSSL_cleanse(given.data(), given.size());
    std::size_t order = order_of(given.size());
    auto slot = static_cast<std::uint32_t>(static_cast<std::size_t>(given.data() - pages_) / smallest_slot);
    const std::lock_guard lock(mutex_);
    used_ -= given.size();
    while (order < top_order_) { // merge with the buddy while that is free and whole
        const std::uint32_t buddy = slot ^ (1U << order);
        if (links_[buddy].free_order != order)
            break;
        unlink(buddy, order);
        slot = std::min(slot, buddy);
        ++order;
    }
    push_free(slot, order);
}

std::size_t SecretArena::used() const noexcept
{
    const std::lock_guard lock(mutex_);
    return used_;
}

} // namespace gatehouse
