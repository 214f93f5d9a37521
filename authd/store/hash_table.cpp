#include "store/hash_table.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::store
{

namespace
{
constexpr std::size_t fewest_places = 16;

std::uint64_t never_zero(std::uint64_t hash)
{
    return std::max<std::uint64_t>(hash, 1);
}
} // namespace

std::optional<std::uint32_t> HashTable::find(std::uint64_t hash) const
{
    if (places_.empty())
        return std::nullopt;
    const Place& place = places_[place_of(hash)];
    return place.hash() == 0 ? std::nullopt : std::optional(place.value);
}

bool HashTable::put(std::uint64_t hash, std::uint32_t value)
{
    if ((size_ + 1) * 8 > places_.size() * 7)
        rebuild(std::max(fewest_places, places_.size() * 2), 0);
    hash = never_zero(hash);
    Place& place = places_[place_of(hash)];
    const bool fresh = place.hash() == 0;
    place = {.low = static_cast<std::uint32_t>(hash), .high = static_cast<std::uint32_t>(hash >> 32), .value = value};
    size_ += fresh ? 1 : 0;
    return fresh;
}

std::size_t HashTable::place_of(std::uint64_t hash) const
{
    hash = never_zero(hash);
    const std::size_t mask = places_.size() - 1;
    std::size_t at = hash & mask;
    while (places_[at].hash() != 0 && places_[at].hash() != hash)
        at = (at + 1) & mask;
    return at;
}

void HashTable::forget_below(std::uint32_t least)
{
    if (!places_.empty())
        rebuild(places_.size(), least);
}

void HashTable::rebuild(std::size_t places, std::uint32_t least)
{
    const std::vector<Place> old = std::exchange(places_, std::vector<Place>(places));
    size_ = 0;
    for (const Place& place : old) {
        if (place.hash() == 0 || place.value < least)
            continue;
        places_[place_of(place.hash())] = place;
        ++size_;
    }
}

} // namespace gatehouse::store
