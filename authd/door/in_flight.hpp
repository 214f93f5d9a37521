#pragma once

#include "base/async.hpp"
#include "door/peer_stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <exception>

namespace gatehouse::door
{

/// The logins under way on one multiplexed connection. The session that reads waits here while there are too many, and
/// before it ends. On the connection's worker only.
class InFlight
{
public:
    enum class Drains {
        finish, ///< a draining worker waits for what is under way
        cut,    ///< it does not: what is under way has no end of its own
    };
    explicit InFlight(PeerStream& stream, Drains drains = Drains::finish)
        : stream_(stream), drains_(drains), changed_(stream.worker().context())
    {
    }

    /// Runs `login` beside the session; it may use the stream until it ends.
    void run(Awaitable<void> login);
    /// Does at once what need not wait. What it throws ends the connection, as an exception of a login does.
    template <class Call>
    void now(Call call)
    {
        try {
            call();
        } catch (...) {
            failed(std::current_exception());
        }
    }
    /// Waits until fewer than `count` are under way.
    Awaitable<void> wait_below(std::size_t count);

private:
    void ended(std::exception_ptr failure);
    void failed(const std::exception_ptr& failure);
    void tell_stream();

    PeerStream& stream_;
    const Drains drains_;
    boost::asio::steady_timer changed_;
    std::size_t count_ = 0;
};

} // namespace gatehouse::door
