#pragma once

#include "base/async.hpp"
#include "directory/directory_thread.hpp"
#include "directory/mailbox.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace gatehouse::directory
{

/// A coroutine's way from a worker's thread to the directory's and back: one letter, opened on both sides, so that the
/// crossing allocates nothing and takes no lock. Lives in the frame of the coroutine that waits for it.
template <class Make>
class Crossing final : Mailbox::Letter
{
public:
    using Value = typename std::invoke_result_t<Make&>::value_type;

    Crossing(DirectoryThread& thread, boost::asio::io_context& home, Make make)
        : thread_(thread), home_(Mailbox::of(home)), make_(std::move(make))
    {
    }

    /// Rethrows what the coroutine threw.
    Awaitable<Value> there_and_back()
    {
        home_.listen();
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
            [this](auto handler) {
                resume_ = [resumed = std::move(handler)]() mutable { resumed(); };
                thread_.mailbox().send(*this);
            },
            use_awaitable);
        if (error_)
            std::rethrow_exception(error_);
        co_return std::move(*value_);
    }

private:
    void open() override
    {
        if (!std::exchange(arrived_, true)) {
            boost::asio::co_spawn(thread_.context(), act(), boost::asio::detached);
        } else {
            home_.listen_no_more();
            std::exchange(resume_, nullptr)();
        }
    }

    Awaitable<void> act()
    {
        try {
            value_ = co_await make_();
        } catch (...) {
            error_ = std::current_exception();
        }
        home_.send(*this); // and *this may be gone
    }

    DirectoryThread& thread_;
    Mailbox& home_;
    Make make_;
    std::move_only_function<void()> resume_;
    bool arrived_ = false;
    std::optional<Value> value_;
    std::exception_ptr error_;
};

/// Runs the coroutine that `make` makes on the directory's thread and resumes the caller on its own executor.
template <class Make>
Awaitable<typename std::invoke_result_t<Make&>::value_type> cross_over(DirectoryThread& thread, Make make)
{
    const auto executor = co_await boost::asio::this_coro::executor;
    using OneThread = boost::asio::io_context::executor_type;
    if (const OneThread* const home = executor.template target<OneThread>(); home != nullptr) {
        Crossing crossing(thread, home->context(), std::move(make));
        co_return co_await crossing.there_and_back();
    }
    co_return co_await boost::asio::co_spawn(
        thread.context(), [&make] { return make(); }, use_awaitable); // a pool's thread, for one
}

} // namespace gatehouse::directory
