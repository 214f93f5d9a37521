#pragma once

#include "base/result.hpp"
#include "store/rows.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::store
{

/// Bytes that other programs keep, by key. Bounded; thread-safe.
class KeptBytes
{
public:
    /// Empty bytes are forgotten. Error: `limit` when all keys and bytes together would be more than `most`.
    Result<void> put(const std::string& key, std::string bytes);
    std::optional<std::string> find(const std::string& key) const;

    static constexpr std::size_t most = 64UZ << 20;
    static constexpr std::size_t most_at_once = 64UZ << 10; ///< under one key

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::string> bytes_;
    std::size_t used_ = 0;
};

} // namespace gatehouse::store
