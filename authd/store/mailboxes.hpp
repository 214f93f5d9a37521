#pragma once

#include "store/hash_table.hpp"
#include "store/rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store
{

/// Every mailbox name that was ever fixed, by person. Nothing is ever removed. Compact: about 60 bytes a person with a
/// GUID and a name of eight letters. Thread-safe; look-ups take no exclusive lock.
class Mailboxes
{
public:
    std::optional<std::string> find(std::string_view realm, std::string_view id) const;
    /// The person's name is this one from now on, and the name is taken.
    void put(const MailboxRow& row);

    /// Was the name ever given to anybody? Once in 2^64 a free name seems taken.
    bool taken(std::string_view name) const;
    void reserve(std::string_view name);

    std::size_t size() const;

private:
    /// Where a person's record lies in `records`: at `at - 1`; 0: the place is free.
    struct Place {
        std::uint32_t at = 0;
        std::uint32_t tag = 0; ///< other bits of the hash, so that nearly every look-up reads one record
    };
    struct alignas(64) Shard {
        mutable std::shared_mutex mutex;
        std::vector<std::string> realms; ///< records say which by its index
        std::vector<Place> places;
        std::string records;
        std::size_t count = 0;
    };
    struct Key;
    struct Record;

    static Record read(const Shard& shard, std::uint32_t at);
    static std::size_t place_of(const Shard& shard, std::uint64_t hash, const Key& key);
    static void append(Shard& shard, const Key& key, std::string_view name);
    static void grow(Shard& shard);
    Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 58]; }
    const Shard& shard_of(std::uint64_t hash) const { return shards_[hash >> 58]; }

    std::array<Shard, 64> shards_;
    mutable std::mutex names_mutex_;
    HashTable names_; // of folded names; the value says nothing
};

} // namespace gatehouse::store
