#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/secret.hpp"
#include "web/pages.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <set>
#include <string>

namespace gatehouse::web
{

struct ServerLimits {
    std::size_t connections = 1024;            ///< open at once; more are told 503 and closed
    std::size_t head = 128 * 1024;             ///< bytes of a request's head: room for the longest password in base64
    std::chrono::milliseconds request{10'000}; ///< for a head to arrive whole, once its first byte is there
    std::chrono::milliseconds idle{75'000};    ///< between requests; longer than nginx keeps its side open
    std::chrono::milliseconds write{10'000};   ///< for a response to be taken
    std::chrono::milliseconds part{1000};      ///< for a peer to close after the last response
};

/// Serves HTTP/1.1 on listening sockets, one connection a coroutine. Lives on one io_context, used on its thread only.
/// Holds no buffer for a connection that waits for its next request.
class Server
{
public:
    using Socket = boost::asio::generic::stream_protocol::socket;

    Server(boost::asio::io_context& io, Pages& pages, ServerLimits limits) : io_(io), pages_(pages), limits_(limits) {}
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Takes over a listening socket (TCP or Unix) and accepts from it until `drain`.
    void listen(int listening_socket);

    /// Accepts no more, closes what is idle, lets answers under way end. They are over when `connections` is 0.
    void drain();
    std::size_t connections() const { return sessions_->size(); }

private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

    struct Session {
        explicit Session(Socket accepted) : socket(std::move(accepted)) {}
        Socket socket;
        std::string peer; // address of a TCP peer; empty for a Unix socket
        Secret received;  // the request that arrives, and what was sent behind it
        bool idle = true; // no byte of a request has come
    };
    enum class Read : std::uint8_t { whole, gone, late, too_long, no_memory };

    Awaitable<void> accept(Acceptor& acceptor);
    Awaitable<void> serve(std::shared_ptr<Session> session);
    Awaitable<bool> serve_one(Session& session);
    Awaitable<bool> wait_for_request(Session& session);
    Awaitable<Read> read_head(Session& session);
    Awaitable<Read> read_some(Session& session);
    Awaitable<bool> write(Session& session, Response response, bool keep_alive, bool without_body);
    Awaitable<void> part(Session& session);
    Awaitable<void> turn_away(std::shared_ptr<Session> session);

    boost::asio::io_context& io_;
    Pages& pages_;
    ServerLimits limits_;
    std::list<Acceptor> acceptors_;
    // Shared with each coroutine, since the io_context, which ends last, may still hold some.
    std::shared_ptr<std::set<Session*>> sessions_ = std::make_shared<std::set<Session*>>();
    bool draining_ = false;
};

} // namespace gatehouse::web
