#include "store/networks.hpp"

#include <algorithm>
#include <mutex>
#include <string>

namespace gatehouse::store
{

namespace
{
std::uint32_t stored(std::int64_t day)
{
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(day, 0, UINT32_MAX));
}
} // namespace

std::uint64_t Networks::hash_of(std::string_view realm, std::string_view id, std::string_view network)
{
    thread_local std::string key; // keeps its room: this comes at every login
    key.assign(realm).append(1, '\0').append(id).append(1, '\0').append(network);
    return hash_of_text(key);
}

bool Networks::Shard::is_news(std::uint64_t hash, std::int64_t day) const
{
    const auto last = days.find(hash);
    return last ? *last < stored(day) : days.size() < most_in_shard;
}

bool Networks::unseen(std::string_view realm, std::string_view id, std::string_view network, std::int64_t day) const
{
    const std::uint64_t hash = hash_of(realm, id, network);
    const Shard& shard = shards_[hash >> (64 - shard_bits)];
    const std::shared_lock lock(shard.mutex);
    return shard.is_news(hash, day);
}

bool Networks::see(std::string_view realm, std::string_view id, std::string_view network, std::int64_t day)
{
    const std::uint64_t hash = hash_of(realm, id, network);
    Shard& shard = shards_[hash >> (64 - shard_bits)];
    const std::unique_lock lock(shard.mutex);
    if (!shard.is_news(hash, day))
        return false; // another thread was faster
    shard.days.put(hash, stored(day));
    return true;
}

bool Networks::knows(std::string_view realm, std::string_view id, std::string_view network, std::int64_t today) const
{
    const std::uint64_t hash = hash_of(realm, id, network);
    const Shard& shard = shards_[hash >> (64 - shard_bits)];
    const std::shared_lock lock(shard.mutex);
    const auto last = shard.days.find(hash);
    return last && *last + days_remembered >= today;
}

void Networks::forget_before(std::int64_t day)
{
    for (Shard& shard : shards_) {
        const std::unique_lock lock(shard.mutex);
        shard.days.forget_below(stored(day));
    }
}

std::size_t Networks::size() const
{
    std::size_t count = 0;
    for (const Shard& shard : shards_) {
        const std::shared_lock lock(shard.mutex);
        count += shard.days.size();
    }
    return count;
}

} // namespace gatehouse::store
