#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "directory/mailbox.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <thread>

namespace gatehouse::directory
{

class Waiter;

/// The one thread of a realm's directory. It owns the realm's LDAP handles, its connections and what is known of its
/// servers; workers spawn their coroutines onto `context()` and get the answer back on their own executor.
class DirectoryThread
{
public:
    /// `name` is what ps and gdb show, at most 15 bytes of it.
    explicit DirectoryThread(const std::string& name);
    /// As `stop`.
    ~DirectoryThread();
    DirectoryThread(const DirectoryThread&) = delete;
    DirectoryThread& operator=(const DirectoryThread&) = delete;

    boost::asio::io_context& context() noexcept { return context_; }
    Mailbox& mailbox() noexcept { return mailbox_; }

    /// Wakes every Waiter with "no", runs `at_stop` on the thread before, waits for every coroutine to end and joins.
    /// Coroutines must not loop once `stopping()` is true. Not to be called on the thread itself. Later calls do
    /// nothing.
    void stop(std::move_only_function<void()> at_stop = {});

    /// On the thread only.
    bool stopping() const noexcept { return stopping_; }

private:
    friend class Waiter;

    boost::asio::io_context context_{1};
    Mailbox& mailbox_;
    Waiter* waiters_ = nullptr; // those that stop() wakes
    bool stopping_ = false;
    std::thread thread_;
};

/// One coroutine of the directory's thread that waits for one event or a deadline. Lives in the coroutine's frame; used
/// on the directory's thread only. Costs no system call.
class Waiter
{
public:
    enum class AtStop {
        wake, ///< stop() ends the wait
        stay, ///< something else is sure to end it soon (a call on a pool that uses the caller's frame)
    };

    explicit Waiter(DirectoryThread& thread, AtStop at_stop = AtStop::wake);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// Suspends until wake(), also when that came before. True: woken; false: `deadline` passed or the thread stops.
    Awaitable<bool> wait(Deadline deadline);
    /// Ends the wait; the coroutine resumes from the event loop, never inside this call.
    void wake();
    /// Woken, late or stopped: a later wake() changes nothing for the waiting coroutine.
    bool ended() const noexcept { return woken_ || given_up_; }

private:
    friend class DirectoryThread;
    void resume();

    DirectoryThread& thread_;
    DeadlineWheel::Alarm alarm_;
    std::move_only_function<void()> suspended_;
    bool woken_ = false;
    bool given_up_ = false;
    Waiter* next_ = nullptr;
    Waiter** link_ = nullptr; // what points at this waiter in the thread's list
};

} // namespace gatehouse::directory
