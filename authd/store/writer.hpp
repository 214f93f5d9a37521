#pragma once

#include "base/deadline.hpp"
#include "store/claims.hpp"
#include "store/database.hpp"
#include "store/memory.hpp"
#include "store/write_queue.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

namespace gatehouse::store
{

/// The store's thread: the only user of the database. Writes what is queued, reads what other nodes wrote, and keeps
/// trying while the database is away.
class Writer
{
public:
    /// Everything outlives it, but for the database, which it owns.
    Writer(std::unique_ptr<Database> database, Memory& memory, WriteQueue& queue, Claims& claims);
    /// Writes what is queued if the database lets it within two seconds; says so if not.
    ~Writer();

    /// Opens the database, fills memory, and starts the thread. Error: somebody must act.
    Result<void> start();

    StoreStatus status() const;
    /// Whether other nodes may use the database.
    bool is_shared() const { return shared_; }
    /// StoreStatus::share_of while the others are not heard.
    std::uint32_t share_unheard() const;

private:
    std::uint32_t share_unheard_locked() const;
    void run(const std::stop_token& stop);
    Result<void> connect();
    Result<void> work();
    Result<void> write_batch();
    Result<void> read_news();
    Result<void> tell_places();
    Result<void> write(const Batch& batch);
    Result<void> write_parts(const Batch& batch);
    void conclude(const Batch& batch, const std::vector<Settled>& settled);
    void reject(const Batch& single, const Error& error);
    Result<void> do_chores();
    void lose(const Error& error);
    void wait_for_work() const;
    void pause(const std::stop_token& stop);
    void finish();

    std::unique_ptr<Database> database_;
    const bool shared_;
    Memory& memory_;
    WriteQueue& queue_;
    Claims& claims_;

    // Only the thread's:
    bool there_ = false;
    Batch batch_;
    std::chrono::milliseconds back_off_;
    Deadline next_greeting_{};
    Deadline next_forgetting_{};

    mutable std::mutex mutex_; // of the next two
    StoreStatus status_;
    Deadline all_heard_from_{}; // after an outage other nodes come back later than this one, with what they counted
    std::condition_variable_any stopped_;
    std::jthread thread_; // last: it uses all the others
};

} // namespace gatehouse::store
