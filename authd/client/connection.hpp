#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/native.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace gatehouse::client
{

/// One greeted connection to authd that carries many requests at once. Lives on one io_context, used on its thread
/// only. Once lost it stays lost: every call under way and every later one ends with `unavailable`.
class Connection : public std::enable_shared_from_this<Connection>
{
public:
    /// Connects to the Unix socket and reads the greeting. Errors: `unavailable`, `deadline`; `invalid` where something
    /// else than this version of authd answers.
    static Awaitable<Result<std::shared_ptr<Connection>>> open(boost::asio::io_context& io, std::string path,
                                                               Deadline deadline);

    explicit Connection(boost::asio::io_context& io) : io_(io), socket_(io) {}

    /// Delivers replies until the connection is lost. Runs once, beside the calls.
    Awaitable<void> read_until_lost();

    /// The next reply, for a connection that is read by its one user instead. Error: `unavailable`; it is lost then.
    Awaitable<Result<wire::NativeReply>> read_reply();

    wire::NativeId next_id() { return next_id_++; }

    /// Sends a request and waits for the reply with its id. A reply that comes after the deadline is dropped.
    /// Errors: `unavailable` when the connection is lost meanwhile, `deadline`.
    Awaitable<Result<wire::NativeReply>> call(wire::NativeId id, Secret line, Deadline deadline);

    /// Sends a line that has no reply.
    void send(Secret line);

    /// Somebody beside the calls: is given each reply that no call waits for, and hears when all that was sent has
    /// left. Never once the connection is lost.
    struct Beside {
        std::function<void(wire::NativeReply)> reply;
        std::function<void()> sent;
    };
    void set_beside(Beside beside) { beside_ = std::move(beside); }
    /// Lines that have not left yet.
    std::size_t unsent() const { return outbox_.size(); }

    /// Ends it. `why` is what those who wait are told.
    void close(std::string why);

    bool lost() const { return lost_; }
    const std::string& why() const { return why_; }
    std::size_t in_flight() const { return waiters_.size(); }

private:
    struct Waiter {
        explicit Waiter(boost::asio::io_context& io) : wake(io) {}
        boost::asio::steady_timer wake; // expires at the deadline; cancelled when there is something to see
        std::optional<wire::NativeReply> reply;
    };

    Awaitable<Result<void>> connect(std::string path);
    Awaitable<Result<std::string>> read_line();
    Awaitable<void> write_outbox();
    void deliver(wire::NativeReply reply);

    boost::asio::io_context& io_;
    boost::asio::local::stream_protocol::socket socket_;
    std::string inbox_; // replies hold no secret but store secrets, which are good for one login within 30 s
    std::deque<Secret> outbox_;
    bool writing_ = false;
    std::unordered_map<wire::NativeId, Waiter*> waiters_; // each on the frame of its call
    Beside beside_;
    wire::NativeId next_id_ = 1;
    bool lost_ = false;
    std::string why_;
};

} // namespace gatehouse::client
