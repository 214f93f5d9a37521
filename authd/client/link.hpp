#pragma once

#include "client/authd.hpp"
#include "client/connection.hpp"
#include "client/holds.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <set>

namespace gatehouse::client
{

/// Keeps a Connection to authd: opens it at the first call, and again with growing pauses whenever it is lost.
class Link : public std::enable_shared_from_this<Link>
{
public:
    Link(boost::asio::io_context& io, Settings settings) : io_(io), settings_(std::move(settings)), pause_(io) {}

    /// A connection that is up. Waits for one while authd has been away for less than the patience. Errors:
    /// `unavailable` with the reason of the last attempt, `deadline`, `limit` when too many calls are under way.
    Awaitable<Result<std::shared_ptr<Connection>>> connection(Deadline deadline);

    /// One request and its reply on any connection.
    Awaitable<Result<wire::NativeReply>> call(wire::NativeRequest request, Deadline deadline);

    /// The sessions that authd is kept told of. While there are any, it is as if somebody called.
    Holds& holds() { return holds_; }
    /// Opens the connection if nobody has called yet.
    void keep_open();

    void close();

    boost::asio::io_context& io() { return io_; }
    const Settings& settings() const { return settings_; }

private:
    Awaitable<void> keep();
    bool up() const { return connection_ && !connection_->lost(); }
    void wake_all();

    boost::asio::io_context& io_;
    Settings settings_;
    boost::asio::steady_timer pause_;
    std::shared_ptr<Connection> connection_;
    Holds holds_{*this};
    std::set<boost::asio::steady_timer*> hopeful_; // calls that wait for a connection, each on its frame
    bool keeping_ = false;
    bool closed_ = false;
    std::optional<Deadline> away_since_; // empty while it is up
    Error last_error_{ErrorKind::unavailable, "authd was not asked yet"};
};

} // namespace gatehouse::client
