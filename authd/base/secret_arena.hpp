#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace gatehouse
{

/// Page-locked memory for passwords: never swapped, left out of core dumps, wiped when a slot is returned.
/// A buddy allocator: slots are powers of two from 64 bytes to the whole arena, so a short password costs 64 bytes
/// and 8 MiB (systemd's default LimitMEMLOCK) holds tens of thousands of them. Thread-safe; never grows.
class SecretArena
{
public:
    enum class Locking {
        required,    ///< a daemon: refuse to start where memory cannot be locked
        best_effort, ///< a tool that a person runs, a plugin: pages are taken and locked as they are used
    };

    static constexpr std::size_t smallest_slot = 64;

    /// `size` is rounded up to a power of two. Error: `unavailable` when the pages cannot be had or locked; the text
    /// names the limit to raise.
    static Result<std::unique_ptr<SecretArena>> create(std::size_t size, Locking locking);

    /// The process's arena, 4 MiB with best effort unless `install` or `set_default_size` came first.
    static SecretArena& process();
    /// For a library inside of somebody else's processes, of which there may be thousands: how large `process` makes an
    /// arena that nobody installed. No effect once it is made. Thread-safe.
    static void set_default_size(std::size_t size) noexcept;
    /// Makes `arena` the process's own and ends the one before, of which no Secret may be left. Null: none, until the
    /// next call.
    static void install(std::unique_ptr<SecretArena> arena);

    ~SecretArena();
    SecretArena(const SecretArena&) = delete;
    SecretArena& operator=(const SecretArena&) = delete;

    /// A slot of at least `size` bytes; empty when the arena is full (the caller answers Unavailable).
    std::span<std::uint8_t> take(std::size_t size) noexcept;
    /// Wipes and returns what `take` gave.
    void give_back(std::span<std::uint8_t> slot) noexcept;

    /// Bytes in slots now, and in all.
    std::size_t used() const noexcept;
    std::size_t size() const noexcept { return size_; }

private:
    SecretArena(std::uint8_t* pages, std::size_t size);
    std::size_t order_of(std::size_t size) const noexcept;
    std::size_t slot_size(std::size_t order) const noexcept { return smallest_slot << order; }

    static constexpr std::uint32_t none = UINT32_MAX;
    struct Link { // free-list links by slot number, kept outside the locked pages
        std::uint32_t next = none;
        std::uint32_t previous = none;
        std::uint8_t free_order = 0xff; // 0xff: not the head of a free slot
    };
    void push_free(std::uint32_t slot, std::size_t order) noexcept;
    void unlink(std::uint32_t slot, std::size_t order) noexcept;

    std::uint8_t* pages_;
    std::size_t size_;
    std::size_t top_order_;
    mutable std::mutex mutex_;
    std::vector<Link> links_;
    std::vector<std::uint32_t> free_heads_; // by order
    std::size_t used_ = 0;
};

} // namespace gatehouse
