#include "edge/entrance.hpp"

#include "base/log.hpp"
#include "edge/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gatehouse::edge
{

namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{

constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr int accepts_in_a_row = 16; // then the connections that are here have their turn

tcp protocol_of(int socket)
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    return address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4();
}

/// A peer that is gone without a word is noticed after some minutes.
void keep_alive(int socket)
{
    const int on = 1;
    const int idle = 240;
    const int interval = 30;
    const int probes = 4;
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Awaitable<void> serve(Worker& worker, std::shared_ptr<const Setup> setup, const ListenerSetup& listener,
                      Crowd::Place place, Stream client)
{
    try {
        Session session(worker, std::move(setup), listener, std::move(place), std::move(client));
        co_await session.run();
    } catch (const std::exception& exception) {
        log::error("a connection ended by an exception: {}", exception.what());
    }
}

} // namespace

Entrance::Entrance(Worker& worker, const Snapshot<Setup>& setups, std::string listener, Descriptor listening)
    : worker_(worker),
      setups_(setups),
      listener_(std::move(listener)),
      acceptor_(worker.io(), protocol_of(listening.get()), listening.get()),
      pause_(worker.io())
{
    listening.release();
}

std::shared_ptr<Entrance> Entrance::open(Worker& worker, const Snapshot<Setup>& setups, std::string listener,
                                         Descriptor listening)
{
    std::shared_ptr<Entrance> entrance(new Entrance(worker, setups, std::move(listener), std::move(listening)));
    asio::post(worker.io(), [entrance] { entrance->wait(); });
    return entrance;
}

void Entrance::close()
{
    asio::post(worker_.io(), [self = shared_from_this()] {
        while (self->accept_some()) {
        }
        boost::system::error_code ignored;
        self->acceptor_.close(ignored);
        self->pause_.cancel();
    });
}

void Entrance::wait()
{
    if (!acceptor_.is_open())
        return;
    acceptor_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](const auto& error) {
        if (error)
            return;
        if (!self->accept_some() && errno != EAGAIN)
            return self->pause();
        self->wait();
    });
}

/// False: nobody more waits, or errno says why nobody can be accepted.
bool Entrance::accept_some()
{
    for (int i = 0; i < accepts_in_a_row; ++i) {
        Descriptor socket(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket.is_open())
            take(std::move(socket), acceptor_.local_endpoint().protocol());
        else if (errno != EINTR && errno != ECONNABORTED)
            return false;
    }
    return true;
}

void Entrance::take(Descriptor socket, tcp protocol)
{
    auto setup = setups_.get();
    const auto listener =
        std::ranges::find(setup->listeners, listener_, [](const ListenerSetup& each) { return each.settings.name; });
    if (listener == setup->listeners.end())
        return; // the configuration has just lost it
    Counters& counters = worker_.shared().of(listener->settings.protocol);
    counters.accepted.fetch_add(1, std::memory_order_relaxed);
    auto place = worker_.shared().everybody.enter("", setup->settings.limits.connections);
    if (!place) {
        counters.turned_away.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    keep_alive(socket.get());
    Stream client(worker_.io(), protocol, std::move(socket));
    asio::co_spawn(worker_.io(), serve(worker_, std::move(setup), *listener, std::move(place), std::move(client)),
                   asio::detached);
}

/// Out of descriptors or memory: those who wait in the backlog are served when some are free again.
void Entrance::pause()
{
    log::warn("{}: cannot accept: {}", listener_, std::strerror(errno));
    pause_.expires_after(pause_without_descriptors);
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code&) { self->wait(); });
}

} // namespace gatehouse::edge
