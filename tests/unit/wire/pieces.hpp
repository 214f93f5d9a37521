#pragma once

#include "base/secret.hpp"

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gatehouse::test
{

using Bytes = std::span<const std::uint8_t>;

inline Bytes bytes_of(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline Secret secret_of(std::string_view text)
{
    Secret secret;
    REQUIRE(secret.append(text));
    return secret;
}

/// The ways in which a stream may arrive: whole, byte by byte, and in two pieces cut at every place.
inline std::vector<std::vector<std::string_view>> ways_to_arrive(std::string_view stream)
{
    std::vector<std::vector<std::string_view>> ways = {{stream}, {}};
    for (std::size_t i = 0; i < stream.size(); ++i)
        ways[1].push_back(stream.substr(i, 1));
    for (std::size_t i = 1; i < stream.size(); ++i)
        ways.push_back({stream.substr(0, i), stream.substr(i)});
    return ways;
}

/// Fills the process's arena but for `spare` bytes while it lives.
class FullArena
{
public:
    explicit FullArena(std::size_t spare = 0)
    {
        const auto kept = spare == 0 ? Kept{} : SecretArena::process().take(spare);
        for (std::size_t size = SecretArena::process().size(); size >= SecretArena::smallest_slot; size /= 2)
            for (auto slot = SecretArena::process().take(size); !slot.empty(); slot = SecretArena::process().take(size))
                slots_.push_back(slot);
        SecretArena::process().give_back(kept);
    }
    ~FullArena()
    {
        for (const auto slot : slots_)
            SecretArena::process().give_back(slot);
    }
    FullArena(const FullArena&) = delete;
    FullArena& operator=(const FullArena&) = delete;

private:
    using Kept = std::span<std::uint8_t>;
    std::vector<Kept> slots_;
};

} // namespace gatehouse::test
