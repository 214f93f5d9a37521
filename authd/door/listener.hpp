#pragma once

#include "base/result.hpp"
#include "base/snapshot.hpp"
#include "door/door.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace gatehouse::door
{

/// One Unix socket and the door behind it. Accepts on the acceptor's io_context and hands each connection to a worker.
/// Owned by shared_ptr: connections that are open outlive it being closed.
class Listener : public std::enable_shared_from_this<Listener>
{
public:
    using NextWorker = std::function<Worker&()>;

    /// Makes the socket with its owner, group and mode before it listens, replacing one that nobody serves any more.
    /// Error: `invalid` (no such user, path in use by another program) or `unavailable`, with the path.
    static Result<std::shared_ptr<Listener>> open(boost::asio::io_context& acceptors, ListenerSettings settings,
                                                  std::shared_ptr<Door> door, NextWorker next_worker);
    ~Listener();

    void start();
    /// Stops accepting and removes the socket; open connections go on.
    void close();

    /// Replaces pins, account and limits for connections to come (the socket and the door stay).
    void set_settings(ListenerSettings settings);
    std::shared_ptr<const ListenerSettings> settings() const { return settings_.get(); }
    const Counters& counters() const { return counters_; }

private:
    Listener(boost::asio::io_context& acceptors, std::shared_ptr<const ListenerSettings> settings,
             std::shared_ptr<Door> door, NextWorker next_worker);
    void accept();
    void take(Worker& worker, boost::asio::local::stream_protocol::socket socket);
    static Awaitable<void> serve(std::shared_ptr<Listener> self, Worker& worker,
                                 boost::asio::local::stream_protocol::socket socket);

    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    Snapshot<ListenerSettings> settings_;
    std::shared_ptr<Door> door_;
    NextWorker next_worker_;
    Counters counters_;
    std::uint64_t inode_ = 0; // of the socket file, so that only our own is removed
};

} // namespace gatehouse::door
