#include "client/link.hpp"

#include <boost/asio/detached.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::client
{

namespace asio = boost::asio;

Awaitable<Result<std::shared_ptr<Connection>>> Link::connection(Deadline deadline)
{
    const auto self = shared_from_this();
    if (closed_)
        co_return unavailable("this program no longer asks authd: it is ending");
    if (hopeful_.size() + (up() ? connection_->in_flight() : 0) >= settings_.in_flight)
        co_return over_limit(std::to_string(settings_.in_flight) + " calls to authd are under way already");
    if (up())
        co_return connection_;
    keep_open();
    if (!away_since_)
        away_since_ = Clock::now();
    // Those who come while authd has been away for long learn that at once.
    const Deadline until = std::min(deadline, *away_since_ + settings_.patience);
    asio::steady_timer wake(io_);
    struct Place {
        Link& link;
        asio::steady_timer& timer;
        ~Place() { link.hopeful_.erase(&timer); }
    };
    hopeful_.insert(&wake);
    const Place place{*this, wake};
    wake.expires_at(until);
    const auto [woken] = co_await wake.async_wait(as_result);
    (void)woken;
    if (up())
        co_return connection_;
    if (until == deadline)
        co_return past_deadline("authd did not come back in time: " + last_error_.text);
    co_return std::unexpected(last_error_);
}

Awaitable<Result<wire::NativeReply>> Link::call(wire::NativeRequest request, Deadline deadline)
{
    const auto self = shared_from_this();
    const auto connected = co_await connection(deadline);
    if (!connected)
        co_return std::unexpected(connected.error());
    const wire::NativeId id = (*connected)->next_id();
    set_id(request, id);
    auto line = wire::format_native_request(request);
    if (!line)
        co_return std::unexpected(unwritable(line.error()));
    { // the password is in the line now
        const wire::NativeRequest written = std::move(request);
    }
    co_return co_await (*connected)->call(id, std::move(*line), deadline);
}

void Link::keep_open()
{
    if (!closed_ && !std::exchange(keeping_, true))
        asio::co_spawn(io_, keep(), asio::detached);
}

Awaitable<void> Link::keep()
{
    const auto self = shared_from_this();
    auto pause = settings_.first_pause;
    while (!closed_) {
        auto opened = co_await Connection::open(io_, settings_.socket, Clock::now() + settings_.greeting);
        if (closed_)
            break;
        if (opened) {
            connection_ = std::move(*opened);
            away_since_.reset();
            pause = settings_.first_pause;
            wake_all();
            holds_.begin(connection_);
            co_await connection_->read_until_lost();
            holds_.lost();
            if (!away_since_)
                away_since_ = Clock::now();
            last_error_ = {ErrorKind::unavailable, connection_->why()};
        } else {
            last_error_ = std::move(opened.error());
        }
        if (closed_)
            break;
        pause_.expires_after(pause);
        (void)co_await pause_.async_wait(as_result);
        pause = std::min(pause * 2, settings_.longest_pause);
    }
}

void Link::wake_all()
{
    for (asio::steady_timer* timer : hopeful_)
        timer->cancel();
}

void Link::close()
{
    if (std::exchange(closed_, true))
        return;
    last_error_ = {ErrorKind::unavailable, "this program no longer asks authd: it is ending"};
    if (connection_)
        connection_->close(last_error_.text);
    pause_.cancel();
    holds_.close();
    wake_all();
}

} // namespace gatehouse::client
