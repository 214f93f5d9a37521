#include "store/write_queue.hpp"

#include "store/counters.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace gatehouse::store
{

namespace
{
constexpr std::size_t rows_a_batch = 2'000; // of each table
constexpr std::size_t kept_bytes_a_batch = 4UZ << 20;
constexpr std::size_t bytes_around = 160; // what a row costs beside its text

std::size_t cost_of(const Claim& claim)
{
    return bytes_around + claim.realm.size() + claim.id.size() + claim.wanted.size();
}

std::size_t cost_of(const NetworkRow& row)
{
    return bytes_around + row.realm.size() + row.id.size() + row.network.size();
}

std::size_t cost_of(const StepsRow& row)
{
    return bytes_around + 2 * row.counter.size();
}

std::size_t cost_of(const KeptRow& row)
{
    return bytes_around + 2 * row.key.size() + row.bytes.size();
}

std::size_t cost_of(const AttemptRow& row)
{
    return bytes_around + row.realm.size() + row.id.size();
}

template <class Row>
std::size_t take_oldest(std::deque<Row>& from, std::vector<Row>& to)
{
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), rows_a_batch));
    std::size_t bytes = 0;
    for (auto row = from.begin(); row != end; ++row)
        bytes += cost_of(*row);
    std::move(from.begin(), end, std::back_inserter(to));
    from.erase(from.begin(), end);
    return bytes;
}
} // namespace

WriteQueue::WriteQueue(std::size_t most_bytes)
    : most_bytes_(most_bytes), event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (event_ < 0)
        throw std::system_error(errno, std::generic_category(), "eventfd");
}

WriteQueue::~WriteQueue()
{
    ::close(event_);
}

Result<void> WriteQueue::add(Claim claim)
{
    const std::lock_guard lock(mutex_);
    const std::size_t cost = cost_of(claim);
    if (!fits(cost, most_bytes_))
        return over_limit("too many writes wait for the store");
    claims_.push_back(std::move(claim));
    added(cost);
    return {};
}

Result<void> WriteQueue::add(KeptRow row)
{
    const std::lock_guard lock(mutex_);
    const std::size_t cost = cost_of(row);
    const auto old = kept_.find(row.key);
    const std::size_t freed = old == kept_.end() ? 0 : cost_of(old->second);
    if (cost > freed && !fits(cost - freed, most_bytes_))
        return over_limit("too many writes wait for the store");
    bytes_ -= freed;
    if (old == kept_.end()) {
        std::string key = row.key;
        kept_.emplace(std::move(key), std::move(row));
    } else {
        row.receipts.insert(row.receipts.end(), old->second.receipts.begin(), old->second.receipts.end());
        old->second = std::move(row);
    }
    added(cost);
    return {};
}

void WriteQueue::add(NetworkRow row)
{
    const std::lock_guard lock(mutex_);
    const std::size_t cost = cost_of(row);
    if (!fits(cost, most_bytes_ / 2)) {
        ++dropped_;
        return;
    }
    networks_.push_back(std::move(row));
    added(cost);
}

void WriteQueue::add(StepsRow row)
{
    const std::lock_guard lock(mutex_);
    const std::size_t cost = cost_of(row);
    StepsKey key(row.counter, row.window, row.bucket);
    if (const auto old = steps_.find(key); old != steps_.end()) {
        old->second.steps = std::max(old->second.steps, row.steps); // two threads may come in either order
        return;
    }
    if (!fits(cost, most_bytes_ / 2)) {
        ++dropped_;
        return;
    }
    steps_.emplace(std::move(key), std::move(row));
    added(cost);
}

void WriteQueue::add(AttemptRow row)
{
    const std::lock_guard lock(mutex_);
    const std::size_t cost = cost_of(row);
    if (const auto old = attempts_.find(row.number); old != attempts_.end()) {
        row.receipts = std::move(old->second.receipts); // it ended before its begin was written
        old->second = std::move(row);
        return;
    }
    if (!fits(cost, most_bytes_ / 2)) {
        ++dropped_;
        return;
    }
    attempts_.emplace(row.number, std::move(row));
    added(cost);
}

Batch WriteQueue::take(WallTime now)
{
    const std::lock_guard lock(mutex_);
    std::uint64_t ignored = 0;
    while (::read(event_, &ignored, sizeof ignored) < 0 && errno == EINTR)
        ;
    Batch batch;
    bytes_ -= take_oldest(claims_, batch.claims);
    bytes_ -= take_oldest(networks_, batch.networks);
    bytes_ -= take_steps(batch, now);
    bytes_ -= take_kept(batch);
    bytes_ -= take_attempts(batch, now);
    taken_ = batch.size();
    if (!empty())
        wake();
    return batch;
}

std::size_t WriteQueue::take_steps(Batch& batch, WallTime now)
{
    std::size_t bytes = 0;
    auto entry = steps_.begin();
    for (; entry != steps_.end() && batch.steps.size() < rows_a_batch; ++entry) {
        StepsRow& row = entry->second;
        bytes += cost_of(row);
        if (Counters::counts(row.bucket, row.window, now))
            batch.steps.push_back(std::move(row));
    }
    steps_.erase(steps_.begin(), entry);
    return bytes;
}

std::size_t WriteQueue::take_kept(Batch& batch)
{
    std::size_t bytes = 0;
    auto entry = kept_.begin();
    for (; entry != kept_.end() && bytes < kept_bytes_a_batch; ++entry) {
        bytes += cost_of(entry->second);
        batch.kept.push_back(std::move(entry->second));
    }
    kept_.erase(kept_.begin(), entry);
    return bytes;
}

std::size_t WriteQueue::take_attempts(Batch& batch, WallTime now)
{
    std::size_t bytes = 0;
    auto entry = attempts_.begin();
    for (; entry != attempts_.end() && batch.attempts.size() < rows_a_batch; ++entry) {
        AttemptRow& row = entry->second;
        bytes += cost_of(row);
        if (row.ends > milliseconds_of(now) || !row.receipts.empty())
            batch.attempts.push_back(std::move(row));
    }
    attempts_.erase(attempts_.begin(), entry);
    return bytes;
}

void WriteQueue::done()
{
    const std::lock_guard lock(mutex_);
    taken_ = 0;
}

void WriteQueue::added(std::size_t bytes)
{
    bytes_ += bytes;
    wake();
}

bool WriteQueue::empty() const
{
    return claims_.empty() && networks_.empty() && steps_.empty() && kept_.empty() && attempts_.empty();
}

void WriteQueue::wake() const
{
    const std::uint64_t ring = 1;
    while (::write(event_, &ring, sizeof ring) < 0 && errno == EINTR)
        ;
}

std::size_t WriteQueue::waiting() const
{
    const std::lock_guard lock(mutex_);
    return claims_.size() + networks_.size() + steps_.size() + kept_.size() + attempts_.size() + taken_;
}

std::uint64_t WriteQueue::dropped() const
{
    const std::lock_guard lock(mutex_);
    return dropped_;
}

} // namespace gatehouse::store
