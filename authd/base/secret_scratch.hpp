#pragma once

#include "base/secret_arena.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace gatehouse
{

/// One locked buffer of `size` bytes a thread, for what is read and consumed without a co_await between; whoever used
/// it wipes it. Empty where the secret memory was full when the thread first asked.
template <std::size_t size>
std::span<std::uint8_t> secret_scratch()
{
    struct Buffer {
        std::span<std::uint8_t> slot = SecretArena::process().take(size);
        Buffer() = default;
        Buffer(const Buffer&) = delete;
        Buffer& operator=(const Buffer&) = delete;
        ~Buffer() { SecretArena::process().give_back(slot); }
    };
    thread_local Buffer buffer;
    return buffer.slot;
}

} // namespace gatehouse
