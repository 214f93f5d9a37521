#include "door/in_flight.hpp"

#include "base/log.hpp"

namespace gatehouse::door
{

namespace asio = boost::asio;

void InFlight::run(Awaitable<void> login)
{
    ++count_;
    tell_stream();
    asio::co_spawn(stream_.worker().context(), std::move(login),
                   [this](std::exception_ptr failure) { ended(failure); });
}

void InFlight::tell_stream()
{
    if (drains_ == Drains::finish)
        stream_.set_busy(count_ > 0);
}

void InFlight::ended(std::exception_ptr failure)
{
    --count_;
    tell_stream();
    changed_.cancel();
    if (failure)
        failed(failure);
}

void InFlight::failed(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& exception) {
        log::error("door: a login ended by an exception: {}", exception.what());
    }
    stream_.close(); // its answer is missing: the client must not wait for it
}

Awaitable<void> InFlight::wait_below(std::size_t count)
{
    while (count_ >= count) {
        changed_.expires_at(asio::steady_timer::time_point::max());
        co_await changed_.async_wait(as_result);
    }
}

} // namespace gatehouse::door
