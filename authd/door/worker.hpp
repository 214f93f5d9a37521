#pragma once

#include "base/deadline.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>

namespace gatehouse::door
{

class PeerStream;

/// One thread that serves connections. A connection lives on one worker from accept to close; nothing here is shared
/// between threads except the count.
class Worker
{
public:
    Worker() : context_(1), deadlines_(DeadlineWheel::of(context_)) {}

    boost::asio::io_context& context() { return context_; }
    DeadlineWheel& deadlines() { return deadlines_; }

    /// Ends the connections that wait for a request; those with one under way finish it, then end. On the worker's
    /// thread.
    void drain();
    bool draining() const { return draining_; }
    /// From any thread.
    std::size_t connections() const { return count_.load(std::memory_order_relaxed); }

private:
    friend class PeerStream;
    boost::asio::io_context context_;
    DeadlineWheel& deadlines_;
    PeerStream* first_ = nullptr; // every open stream
    bool draining_ = false;
    std::atomic<std::size_t> count_{0};
};

} // namespace gatehouse::door
