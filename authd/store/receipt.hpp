#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace gatehouse::store
{

/// How a coroutine waits until the store's thread has written something, but no longer than its patience.
class Receipt : public std::enable_shared_from_this<Receipt>
{
public:
    /// What was written came to: the mailbox name for a claim, nothing for other writes.
    using Answer = Result<std::string>;

    /// `executor`: where the waiter runs.
    explicit Receipt(const boost::asio::any_io_executor& executor);

    /// Called once, by a coroutine on `executor`, which resumes there. Nothing: the patience ended first, or the
    /// coroutine does.
    Awaitable<std::optional<Answer>> wait(Clock::duration patience);

    /// From any thread, once or more; the first answer counts. Does nothing when nobody waits any longer, so that the
    /// waiter's io_context may be gone.
    void deliver(Answer answer);

private:
    using Strand = boost::asio::strand<boost::asio::any_io_executor>;
    class Presence; // leaves when the waiting coroutine ends, however it does
    Awaitable<std::optional<Answer>> sleep(Clock::duration patience);

    std::mutex mutex_;
    std::optional<Strand> strand_; // under mutex_; nothing: nobody waits any longer, and the io_context may be gone
    // Only in the strand:
    boost::asio::steady_timer* alarm_ = nullptr;
    std::optional<Answer> answer_;
};

} // namespace gatehouse::store
