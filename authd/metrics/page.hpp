#pragma once

#include "base/async.hpp"
#include "base/result.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <prometheus/collectable.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::metrics
{

struct PageSettings {
    /// "127.0.0.1:9470", "[::1]:9470", a port alone (at 127.0.0.1), or "unix:/run/gatehouse/metrics". The page names
    /// services, servers and how much is going on, never a person; it has no access control of its own.
    std::string listen;

    bool operator==(const PageSettings&) const = default;
};

/// The Prometheus page: answers GET /metrics over HTTP/1.1 in the text format 0.0.4, everything else with 404 or 405.
/// Lives on one io_context and is used on its thread only, where it also asks its parts: they should be quick.
/// Owned by shared_ptr: requests under way outlive it being closed.
class Page : public std::enable_shared_from_this<Page>
{
public:
    static constexpr std::size_t max_head = 8 * 1024;   ///< bytes of a request's head; longer ones are told 431
    static constexpr std::size_t max_connections = 16;  ///< open at once; more are closed
    static constexpr std::chrono::seconds patience{10}; ///< for a request to come and be answered, from the one before

    /// Binds and listens; `start` accepts. Error: `invalid` for text of another form, `unavailable` when the system
    /// refuses; both name the place and the cause.
    static Result<std::shared_ptr<Page>> open(boost::asio::io_context& io, const PageSettings& settings);
    ~Page();

    /// What the page shows, in this order. A part whose Collect throws makes the page a 500.
    void add(std::shared_ptr<prometheus::Collectable> part) { parts_.push_back(std::move(part)); }
    void start();
    /// Stops accepting, ends what is open, and removes a socket file.
    void close();

    /// The port that was bound; 0 for a Unix socket.
    std::uint16_t port() const;

private:
    using Protocol = boost::asio::generic::stream_protocol;
    struct Session;

    Page(boost::asio::io_context& io, std::string listen) : io_(io), acceptor_(io), listen_(std::move(listen)) {}
    Result<void> bind_address();
    Result<void> bind_file(const std::string& path);
    static Awaitable<void> accept(std::shared_ptr<Page> self);
    static Awaitable<void> serve(std::shared_ptr<Page> self, std::shared_ptr<Session> session);
    Awaitable<bool> serve_one(Session& session);

    boost::asio::io_context& io_;
    boost::asio::basic_socket_acceptor<Protocol> acceptor_;
    const std::string listen_;
    std::string file_;        // of a Unix socket
    std::uint64_t inode_ = 0; // of that file, so that only our own is removed
    std::vector<std::shared_ptr<prometheus::Collectable>> parts_;
    std::set<Session*> sessions_;
};

} // namespace gatehouse::metrics
