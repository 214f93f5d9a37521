#include "store/counters.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatehouse::store
{

namespace
{
constexpr int buckets_a_window = 8;

std::string map_key(std::string_view key, std::chrono::seconds window)
{
    return std::to_string(window.count()).append(1, ' ').append(key);
}
} // namespace

std::chrono::milliseconds Counters::width_of(std::chrono::seconds window)
{
    return std::chrono::milliseconds(window) / buckets_a_window;
}

bool Counters::counts(std::int64_t bucket, std::chrono::seconds window, WallTime now)
{
    const std::int64_t end = bucket + width_of(window).count() + std::chrono::milliseconds(window).count();
    return end > milliseconds_of(now);
}

Result<Counters::Sum> Counters::count(std::string_view key, std::chrono::seconds window, std::uint32_t n, WallTime now)
{
    const std::int64_t width = width_of(window).count();
    const std::int64_t begin = milliseconds_of(now) / width * width;
    const std::lock_guard lock(mutex_);
    if (n == 0 && !counters_.contains(map_key(key, window)))
        return Sum{};
    Counter* const counter = counter_of(key, window, now);
    if (counter == nullptr)
        return over_limit("the store holds " + std::to_string(most) + " counters, which is the most it can");
    forget_old(*counter, now);
    Sum sum;
    if (n > 0) {
        Bucket& bucket = bucket_of(*counter, begin, writer_);
        bucket.steps += n;
        sum.row = StepsRow{std::string(key), window, writer_, begin, bucket.steps};
    }
    for (const Bucket& bucket : counter->buckets)
        sum.total += bucket.steps;
    return sum;
}

void Counters::learn(const StepsRow& row, WallTime now)
{
    if (row.window < std::chrono::seconds(1) || row.window > longest_window || !counts(row.bucket, row.window, now))
        return;
    const std::lock_guard lock(mutex_);
    if (Counter* const counter = counter_of(row.counter, row.window, now)) {
        Bucket& bucket = bucket_of(*counter, row.bucket, row.writer);
        bucket.steps = std::max(bucket.steps, row.steps);
    }
}

Counters::Counter* Counters::counter_of(std::string_view key, std::chrono::seconds window, WallTime now)
{
    std::string name = map_key(key, window);
    if (const auto found = counters_.find(name); found != counters_.end())
        return &found->second;
    if (counters_.size() >= most && (!swept_for_room_ || now - *swept_for_room_ >= std::chrono::seconds(10))) {
        swept_for_room_ = now; // a flood must not make every step look at all counters
        sweep_locked(now);
    }
    if (counters_.size() >= most)
        return nullptr;
    return &counters_.emplace(std::move(name), Counter{.window = window, .buckets = {}}).first->second;
}

Counters::Bucket& Counters::bucket_of(Counter& counter, std::int64_t begin, std::int64_t writer)
{
    for (Bucket& bucket : counter.buckets)
        if (bucket.begin == begin && bucket.writer == writer)
            return bucket;
    return counter.buckets.emplace_back(begin, writer, 0);
}

void Counters::forget_old(Counter& counter, WallTime now)
{
    std::erase_if(counter.buckets, [&](const Bucket& bucket) { return !counts(bucket.begin, counter.window, now); });
}

void Counters::sweep(WallTime now)
{
    const std::lock_guard lock(mutex_);
    sweep_locked(now);
}

void Counters::sweep_locked(WallTime now)
{
    for (auto entry = counters_.begin(); entry != counters_.end();) {
        forget_old(entry->second, now);
        entry = entry->second.buckets.empty() ? counters_.erase(entry) : std::next(entry);
    }
}

std::size_t Counters::size() const
{
    const std::lock_guard lock(mutex_);
    return counters_.size();
}

} // namespace gatehouse::store
