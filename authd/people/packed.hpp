#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gatehouse::people
{

/// Writes values one after another: numbers in 7 bits a byte, texts with their length before them.
class PackedWriter
{
public:
    void number(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }
    /// Eight bytes: for what is seldom small.
    void whole(std::int64_t value) { raw({reinterpret_cast<const char*>(&value), sizeof value}); }
    void text(std::string_view value)
    {
        number(value.size());
        raw(value);
    }
    void raw(std::string_view bytes) { bytes_ += bytes; }

    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

/// Reads what a PackedWriter wrote, in the same order. Not for bytes from anywhere else: it checks nothing.
class PackedReader
{
public:
    explicit PackedReader(const char* at) : at_(at) {}

    std::uint64_t number()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(*at_++);
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80)
                return value;
        }
    }
    std::int64_t whole()
    {
        std::int64_t value = 0;
        std::memcpy(&value, raw(sizeof value).data(), sizeof value);
        return value;
    }
    std::string_view text() { return raw(number()); }
    std::string_view raw(std::size_t size)
    {
        const std::string_view bytes(at_, size);
        at_ += size;
        return bytes;
    }
    const char* at() const { return at_; }

private:
    const char* at_;
};

} // namespace gatehouse::people
