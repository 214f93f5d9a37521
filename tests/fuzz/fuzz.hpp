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

/// A bug of a kind that codecs have, compiled in by `run --planted` alone: percent escapes are decoded in place, and
/// from the second one on the check forgets that an escape has two digits, so that "%41%4" is read past its end.
/// `value` is what the codec took out of the input: it proves that a target gets deep into its codec, step by step, and
/// that its build sees what it finds there.
inline void planted_bug([[maybe_unused]] std::string_view value)
{
#ifdef GATEHOUSE_PLANTED_BUG
    const auto copy = std::make_unique<char[]>(value.size()); // of its own, so that its end is guarded
    std::ranges::copy(value, copy.get());
    volatile char* const text = copy.get();
    const auto is_digit = [&](std::size_t at) {
        const char c = text[at];
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    };
    const std::size_t first = value.find('%');
    if (first == std::string_view::npos) // as nearly always: nothing to decode
        return;
    if (value.size() - first < 3 || !is_digit(first + 1) || !is_digit(first + 2))
        return;
    std::size_t end = first + 1; // of what is decoded
    for (std::size_t at = first + 3; at < value.size(); ++at) {
        if (text[at] != '%') {
            text[end++] = text[at];
            continue;
        }
        if (value.size() - at < 2)
            return;
        if (!is_digit(at + 1) || !is_digit(at + 2))
            return;
        text[end++] = '?';
        at += 2;
    }
#endif
}

/// To be declared first in a target: at its end every slot of the arena that was taken must have been given back.
class NothingLeft
{
public:
    NothingLeft() = default;
    ~NothingLeft() { require(SecretArena::process().used() == before_); }
    NothingLeft(const NothingLeft&) = delete;
    NothingLeft& operator=(const NothingLeft&) = delete;

private:
    /// One slot that stays keeps the arena split. Else the first Secret of each input would split 4 MiB down to 64
    /// bytes, and the last one merge it again.
    static std::size_t used_at_first()
    {
        static const Secret stays = secret_of("stays");
        return SecretArena::process().used();
    }

    std::size_t before_ = used_at_first();
};

} // namespace gatehouse::fuzz
