#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::store
{

inline std::uint64_t hash_of_text(std::string_view text)
{
    return std::hash<std::string_view>()(text); // 64 bits in libstdc++
}

/// Small numbers by the hash of their key; the keys are not held. What was put in is always found, and once in 2^64
/// what was not. 12 bytes a place; half to seven eighths of the places are in use. Not thread-safe.
class HashTable
{
public:
    std::optional<std::uint32_t> find(std::uint64_t hash) const;
    /// False: the key was there; its value is now `value`.
    bool put(std::uint64_t hash, std::uint32_t value);
    /// Forgets what has a value below `least`.
    void forget_below(std::uint32_t least);
    std::size_t size() const { return size_; }

private:
    struct Place {
        std::uint32_t low = 0; ///< the hash in two halves, so that no byte is lost to alignment; 0, 0: free
        std::uint32_t high = 0;
        std::uint32_t value = 0;

        std::uint64_t hash() const { return static_cast<std::uint64_t>(high) << 32 | low; }
    };

    std::size_t place_of(std::uint64_t hash) const;
    void rebuild(std::size_t places, std::uint32_t least);

    std::vector<Place> places_;
    std::size_t size_ = 0;
};

} // namespace gatehouse::store
