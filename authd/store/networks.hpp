#pragma once

#include "store/hash_table.hpp"
#include "store/rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <shared_mutex>
#include <string_view>

namespace gatehouse::store
{

/// The networks from which people were granted logins, each with the last day. Holds hashes: about 17 bytes a pair, and
/// once in 2^64 it knows a pair that it never saw. Thread-safe; look-ups take no exclusive lock.
class Networks
{
public:
    /// Is it worth saying that it was seen on that day? Cheap: most are known already.
    bool unseen(std::string_view realm, std::string_view id, std::string_view network, std::int64_t day) const;
    /// Seen on that day. False: known already, for that day or a later one. A pair that comes when all the room is
    /// taken is not remembered (false, too); there is room for 16 million.
    bool see(std::string_view realm, std::string_view id, std::string_view network, std::int64_t day);
    /// Was it seen within the last `days_remembered` days before `today`?
    bool knows(std::string_view realm, std::string_view id, std::string_view network, std::int64_t today) const;
    /// Forgets what was last seen before `day`.
    void forget_before(std::int64_t day);
    std::size_t size() const;

private:
    struct alignas(64) Shard {
        mutable std::shared_mutex mutex;
        HashTable days;

        bool is_news(std::uint64_t hash, std::int64_t day) const;
    };
    static constexpr std::size_t shard_bits = 6;
    static constexpr std::size_t most_in_shard = 16'000'000 >> shard_bits;

    static std::uint64_t hash_of(std::string_view realm, std::string_view id, std::string_view network);

    std::array<Shard, 1 << shard_bits> shards_;
};

} // namespace gatehouse::store
