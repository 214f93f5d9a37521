#pragma once

#include "base/secret_arena.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse
{

/// Bytes that must not leak: a password, a token, a line that holds one. Lives in the process's SecretArena, is moved
/// and never copied, and is wiped when it ends. It has no way to become a std::string, so it cannot reach a log.
class Secret
{
public:
    Secret() noexcept = default;
    ~Secret() { wipe(); }
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    /// Adds bytes; the slot grows by doubling, the old one is wiped. False: the arena is full, nothing changed.
    [[nodiscard]] bool append(std::span<const std::uint8_t> bytes) noexcept;
    [[nodiscard]] bool append(std::string_view text) noexcept;
    /// Room for `size` bytes in all, so that later appends cannot fail. False: the arena is full.
    [[nodiscard]] bool reserve(std::size_t size) noexcept;

    /// Forgets the first `count` bytes and moves the rest to the front.
    void drop_front(std::size_t count) noexcept;
    /// Shortens to `size` bytes (no more than it has) and wipes the rest.
    void truncate(std::size_t size) noexcept;
    /// Wipes and returns the slot; the Secret is then empty.
    void wipe() noexcept;

    std::span<const std::uint8_t> bytes() const noexcept { return slot_.first(size_); }
    std::span<std::uint8_t> writable() noexcept { return slot_.first(size_); }
    std::string_view view() const noexcept { return {reinterpret_cast<const char*>(slot_.data()), size_}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// Comparison in time that depends on the lengths only.
    bool equals(const Secret& other) const noexcept;

private:
    std::span<std::uint8_t> slot_;
    std::size_t size_ = 0;
};

} // namespace gatehouse
