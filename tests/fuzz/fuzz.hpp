#pragma once

#include "base/secret.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <vector>

// What the fuzz targets share. A target feeds what it is given to one codec and holds the codec to its promises: the
// same result however a stream is cut, what was encoded is decoded again, no secret memory is left behind.

namespace gatehouse::fuzz
{

/// A promise of the codec: ends the target where it is broken.
inline void require(bool holds, std::source_location where = std::source_location::current())
{
    if (holds)
        return;
    std::fprintf(stderr, "%s:%u: a promise is broken\n", where.file_name(), static_cast<unsigned>(where.line()));
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size)
{
    return {reinterpret_cast<const char*>(bytes), size};
}

inline std::span<const std::uint8_t> bytes_of(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline Secret secret_of(std::string_view text)
{
    Secret secret;
    require(secret.append(text));
    return secret;
}

/// Cuts a stream at places that depend on nothing but its bytes, so that every run of an input is the same.
inline std::vector<std::string_view> cut(std::string_view stream)
{
    std::uint32_t state = 2'166'136'261U; // FNV-1a over the stream, then a step of it for each cut
    for (const char c : stream)
        state = (state ^ static_cast<std::uint8_t>(c)) * 16'777'619U;
    std::vector<std::string_view> pieces;
    while (!stream.empty()) {
        state = (state ^ (state >> 15)) * 16'777'619U;
        const std::size_t count = std::min<std::size_t>(stream.size(), 1 + state % ((state & 0x300) == 0 ? 64 : 4));
        pieces.push_back(stream.substr(0, count));
        stream.remove_prefix(count);
    }
    return pieces;
}

/// A deliberate read past the end of a heap block, compiled in by `run --planted` alone. It proves that a target gets
/// deep into its codec and that its build sees what it finds: `value` is what the codec took out of the input.
inline void planted_bug([[maybe_unused]] std::string_view value)
{
#ifdef GATEHOUSE_PLANTED_BUG
    if (value.size() < 3 || value[0] != 'b' || value[1] != 'u' || value[2] != 'g')
        return;
    const auto copy = std::make_unique<char[]>(value.size());
    std::ranges::copy(value, copy.get());
    const volatile char* past_the_end = copy.get() + value.size();
    (void)*past_the_end;
#endif
}

/// To be declared first in a target: at its end every slot of the arena must have been given back.
class NothingLeft
{
public:
    NothingLeft() = default;
    ~NothingLeft() { require(SecretArena::process().used() == 0); }
    NothingLeft(const NothingLeft&) = delete;
    NothingLeft& operator=(const NothingLeft&) = delete;
};

} // namespace gatehouse::fuzz
