#pragma once

#include "base/async.hpp"
#include "door/peer_stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>

namespace gatehouse::door
{

/// The logins under way on one multiplexed connection. The session that reads waits here while there are too many, and
/// before it ends. On the connection's worker only.
class InFlight
{
public:
    explicit InFlight(PeerStream& stream) : stream_(stream), changed_(stream.worker().context()) {}

    /// Runs `login` beside the session; it may use the stream until it ends.
    void run(Awaitable<void> login);
    /// Waits until fewer than `count` are under way.
    Awaitable<void> wait_below(std::size_t count);

private:
    void ended(std::exception_ptr failure);

    PeerStream& stream_;
    boost::asio::steady_timer changed_;
    std::size_t count_ = 0;
};

} // namespace gatehouse::door
