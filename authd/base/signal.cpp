#include "base/signal.hpp"

#include "base/io_here.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <mutex>

namespace gatehouse
{

namespace asio = boost::asio;

struct Signal::State {
    std::mutex mutex;
    bool is_set = false;
    asio::io_context* context = nullptr; // alive while it stands here
    asio::steady_timer* timer = nullptr; // touched on the context's thread only
};

Signal::Signal() : state_(std::make_shared<State>()) {}

void Signal::set() const
{
    const std::lock_guard lock(state_->mutex);
    state_->is_set = true;
    if (state_->context == nullptr)
        return;
    asio::post(*state_->context, [state = state_] {
        if (state->timer != nullptr)
            state->timer->cancel();
    });
}

Awaitable<bool> Signal::wait(Deadline deadline) const
{
    const std::shared_ptr<State> state = state_;
    asio::io_context& context = io_of(co_await asio::this_coro::executor);
    asio::steady_timer timer(context, Deadline::max());
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(context));
    {
        const std::lock_guard lock(state->mutex);
        if (state->is_set)
            co_return true;
        state->context = &context;
        state->timer = &timer;
    }
    struct Left { // also when the coroutine is destroyed as it waits
        State& state;
        ~Left()
        {
            const std::lock_guard lock(state.mutex);
            state.context = nullptr;
            state.timer = nullptr;
        }
    } const left{*state};
    alarm.arm(deadline, [&timer] { timer.cancel(); });
    co_await timer.async_wait(as_result);
    const std::lock_guard lock(state->mutex);
    co_return state->is_set;
}

} // namespace gatehouse
