#pragma once

#include "base/result.hpp"
#include "identity/person.hpp"
#include "store/rows.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::store
{

/// Sliding windows in eight buckets: a step counts for at least the window and at most an eighth longer. The same key
/// with another window is another counter. Steps of every writer (each authd process) are held apart, as sums that only
/// grow, so that hearing of them twice changes nothing. The wall clock decides, since nodes share it. Thread-safe.
class Counters
{
public:
    /// `writer`: this process's number.
    explicit Counters(std::int64_t writer) : writer_(writer) {}

    struct Sum {
        std::uint64_t total = 0;
        std::optional<StepsRow> row{}; ///< what is to be written; nothing: no step was added
    };
    /// Error: `limit` when there are `most` counters, all of them alive.
    Result<Sum> count(std::string_view key, std::chrono::seconds window, std::uint32_t n, WallTime now);
    /// What a writer has counted, this one included.
    void learn(const StepsRow& row, WallTime now);
    /// Forgets what counts no longer.
    void sweep(WallTime now);
    std::size_t size() const;

    static constexpr std::size_t most = 200'000;
    static constexpr std::chrono::seconds longest_window = std::chrono::days(31);
    /// How long a bucket of a counter lasts.
    static std::chrono::milliseconds width_of(std::chrono::seconds window);
    /// Does a bucket that began then still count?
    static bool counts(std::int64_t bucket, std::chrono::seconds window, WallTime now);

private:
    struct Bucket {
        std::int64_t begin = 0;
        std::int64_t writer = 0;
        std::uint64_t steps = 0;
    };
    struct Counter {
        std::chrono::seconds window{};
        std::vector<Bucket> buckets;
    };

    /// Null: there is no room.
    Counter* counter_of(std::string_view key, std::chrono::seconds window, WallTime now);
    static Bucket& bucket_of(Counter& counter, std::int64_t begin, std::int64_t writer);
    static void forget_old(Counter& counter, WallTime now);
    void sweep_locked(WallTime now);

    const std::int64_t writer_;
    mutable std::mutex mutex_; // counters are asked when a directory may be, not at warm logins
    std::unordered_map<std::string, Counter> counters_;
    std::optional<WallTime> swept_for_room_;
};

} // namespace gatehouse::store
