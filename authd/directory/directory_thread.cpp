#include "directory/directory_thread.hpp"

#include "base/log.hpp"

#include <boost/asio/post.hpp>

#include <pthread.h>

#include <csignal>

namespace gatehouse::directory
{

namespace asio = boost::asio;

DirectoryThread::DirectoryThread(const std::string& name) : mailbox_(Mailbox::of(context_))
{
    mailbox_.listen(); // which is also what keeps the context running
    thread_ = std::thread([this] {
        // Signals belong to the main thread; a write to a broken socket is an error here, never a signal.
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        context_.run();
    });
    ::pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

DirectoryThread::~DirectoryThread()
{
    stop();
}

void DirectoryThread::stop(std::move_only_function<void()> at_stop)
{
    if (!thread_.joinable())
        return;
    asio::post(context_, [this, at_stop = std::move(at_stop)]() mutable {
        stopping_ = true;
        if (at_stop)
            at_stop();
        while (waiters_ != nullptr) {
            Waiter& waiter = *waiters_;
            waiters_ = waiter.next_;
            if (waiters_ != nullptr)
                waiters_->link_ = &waiters_;
            waiter.link_ = nullptr;
            waiter.given_up_ = true;
            waiter.resume();
        }
        mailbox_.listen_no_more();
    });
    thread_.join();
}

Waiter::Waiter(DirectoryThread& thread, AtStop at_stop) : thread_(thread), alarm_(DeadlineWheel::of(thread.context()))
{
    if (at_stop == AtStop::stay)
        return;
    given_up_ = thread_.stopping_;
    next_ = thread_.waiters_;
    if (next_ != nullptr)
        next_->link_ = &next_;
    link_ = &thread_.waiters_;
    thread_.waiters_ = this;
}

Waiter::~Waiter()
{
    if (link_ == nullptr)
        return;
    *link_ = next_;
    if (next_ != nullptr)
        next_->link_ = link_;
}

Awaitable<bool> Waiter::wait(Deadline deadline)
{
    if (!woken_ && !given_up_) {
        if (deadline != Deadline::max())
            alarm_.arm(deadline, [this] {
                given_up_ = true;
                resume();
            });
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
            [this](auto handler) { suspended_ = [resumed = std::move(handler)]() mutable { resumed(); }; },
            use_awaitable);
        alarm_.disarm();
    }
    co_return woken_;
}

void Waiter::wake()
{
    if (ended())
        return;
    woken_ = true;
    resume();
}

void Waiter::resume()
{
    if (suspended_)
        asio::post(thread_.context(), std::exchange(suspended_, nullptr));
}

} // namespace gatehouse::directory
