#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "wire/saslauthd.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::shadow
{

struct RelayLimits {
    std::size_t connections = 256;              ///< open at once; more wait in the socket's queue, as at saslauthd
    std::chrono::milliseconds request{10'000};  ///< for a request to arrive whole
    std::chrono::milliseconds old{30'000};      ///< for the old daemon to take it and answer
    std::chrono::milliseconds hand_over{2'000}; ///< for the client to take the answer
};

/// Stands before a saslauthd: passes on each request byte for byte, and the answer as it came. When the old daemon is
/// away, late, or closes without an answer, so does this, and libsasl2 reports a temporary failure as it would have.
/// Lives on one io_context, used on its thread only; must be held by a shared_ptr.
class Relay : public std::enable_shared_from_this<Relay>
{
public:
    /// Called after the client has its answer: an answer that has the protocol's form, and what it was to.
    using Answered = std::function<void(wire::SaslauthdRequest request, wire::SaslauthdAnswer answer)>;
    /// Called with a sentence for each request that the old daemon did not answer.
    using Outage = std::function<void(std::string_view why)>;

    /// `old`: the path of the old daemon's socket.
    Relay(boost::asio::io_context& io, std::string old, RelayLimits limits, Answered answered, Outage outage);

    /// Accepts from a listening Unix socket until `close`.
    void listen(Descriptor socket);
    /// Accepts no more. What is under way ends by itself; it is over when `connections` is 0.
    void close();
    std::size_t connections() const { return connections_; }
    /// Connections that brought no whole request.
    std::uint64_t broken() const { return broken_; }

private:
    using Socket = boost::asio::local::stream_protocol::socket;
    struct Session;

    Awaitable<void> accept();
    Awaitable<void> serve(std::shared_ptr<Session> session);
    Awaitable<bool> read_request(Session& session);
    Awaitable<Result<std::string>> ask_old(std::shared_ptr<Session> session);
    Awaitable<Result<void>> connect_old(Session& session, Deadline deadline);
    Awaitable<void> pass_on(std::shared_ptr<Session> session);

    boost::asio::io_context& io_;
    std::string old_;
    RelayLimits limits_;
    Answered answered_;
    Outage outage_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer room_; // cancelled when a client leaves, or all end
    std::size_t connections_ = 0;
    std::uint64_t broken_ = 0;
};

} // namespace gatehouse::shadow
