#pragma once

#include "base/result.hpp"
#include "identity/person.hpp"
#include "store/rows.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace gatehouse::store
{

/// Writes on their way to the database, bounded in bytes. What is lost without harm (networks, steps, attempts) may
/// fill half of it and is dropped then; claims and kept bytes may fill it all and are refused then. Later writes of the
/// same thing replace those that still wait. Thread-safe; taken from by one thread.
class WriteQueue
{
public:
    explicit WriteQueue(std::size_t most_bytes);
    ~WriteQueue();
    WriteQueue(const WriteQueue&) = delete;
    WriteQueue& operator=(const WriteQueue&) = delete;

    /// Error: `limit` when it is full.
    Result<void> add(Claim claim);
    Result<void> add(KeptRow row);
    /// Dropped, and counted, when there is no room.
    void add(NetworkRow row);
    void add(StepsRow row);
    void add(AttemptRow row);

    /// The oldest of everything, for one transaction; steps and attempts that count no longer are left out. It counts
    /// as waiting until `done`.
    Batch take(WallTime now);
    void done();

    /// Readable while something waits, or after `wake`.
    int descriptor() const { return event_; }
    void wake() const;

    std::size_t waiting() const;
    std::uint64_t dropped() const;

private:
    using StepsKey = std::tuple<std::string, std::chrono::seconds, std::int64_t>;

    bool fits(std::size_t bytes, std::size_t limit) const { return bytes_ + bytes <= limit; }
    void added(std::size_t bytes);
    bool empty() const;
    std::size_t take_steps(Batch& batch, WallTime now);
    std::size_t take_kept(Batch& batch);
    std::size_t take_attempts(Batch& batch, WallTime now);

    const std::size_t most_bytes_;
    int event_; // eventfd(2)
    mutable std::mutex mutex_;
    std::deque<Claim> claims_;
    std::deque<NetworkRow> networks_;
    std::map<StepsKey, StepsRow> steps_;
    std::map<std::string, KeptRow> kept_;
    std::map<std::int64_t, AttemptRow> attempts_; // by number
    std::size_t bytes_ = 0;
    std::size_t taken_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace gatehouse::store
