#include "door/listener.hpp"

#include "base/log.hpp"
#include "door/socket_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace gatehouse::door
{

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

namespace
{
constexpr std::chrono::milliseconds pause_without_descriptors{100};

std::uint32_t peer_uid(int fd)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 ? credentials.uid : UINT32_MAX;
}
} // namespace

Result<std::shared_ptr<Listener>> Listener::open(asio::io_context& acceptors, ListenerSettings settings,
                                                 std::shared_ptr<Door> door, NextWorker next_worker)
{
    const auto fd = open_socket_file(settings.socket);
    if (!fd)
        return std::unexpected(fd.error());
    auto shared = std::make_shared<const ListenerSettings>(std::move(settings));
    std::shared_ptr<Listener> listener(
        new Listener(acceptors, std::move(shared), std::move(door), std::move(next_worker)));
    listener->acceptor_.assign(Protocol(), *fd);
    listener->inode_ = inode_of(listener->settings()->socket.path);
    return listener;
}

Listener::Listener(asio::io_context& acceptors, std::shared_ptr<const ListenerSettings> settings,
                   std::shared_ptr<Door> door, NextWorker next_worker)
    : acceptor_(acceptors),
      pause_(acceptors),
      settings_(std::move(settings)),
      door_(std::move(door)),
      next_worker_(std::move(next_worker))
{
}

Listener::~Listener()
{
    close();
}

void Listener::start()
{
    accept();
}

void Listener::close()
{
    if (!acceptor_.is_open())
        return;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    const std::string& path = settings()->socket.path;
    if (inode_ != 0 && inode_of(path) == inode_)
        ::unlink(path.c_str());
}

void Listener::set_settings(ListenerSettings settings)
{
    settings_.set(std::make_shared<const ListenerSettings>(std::move(settings)));
}

void Listener::accept()
{
    // The connection is made on its worker's io_context from the start: moving it later would cost two system calls.
    Worker& worker = next_worker_();
    acceptor_.async_accept(worker.context(), [self = shared_from_this(), &worker](
                                                 const boost::system::error_code& error, Protocol::socket socket) {
        if (error == asio::error::operation_aborted || !self->acceptor_.is_open())
            return;
        if (!error) {
            self->take(worker, std::move(socket));
            self->accept();
            return;
        }
        // Out of descriptors or memory: those who wait in the backlog are served when some are free again.
        log::warn("listener {}: cannot accept: {}", self->settings()->pins.listener, error.message());
        self->pause_.expires_after(pause_without_descriptors);
        self->pause_.async_wait([self](const boost::system::error_code& stopped) {
            if (!stopped && self->acceptor_.is_open())
                self->accept();
        });
    });
}

void Listener::take(Worker& worker, Protocol::socket socket)
{
    counters_.accepted.fetch_add(1, std::memory_order_relaxed);
    if (counters_.connections.load(std::memory_order_relaxed) >= settings()->limits.connections) {
        counters_.turned_away.fetch_add(1, std::memory_order_relaxed);
        return; // closing without an answer is a temporary failure in every protocol served here
    }
    counters_.connections.fetch_add(1, std::memory_order_relaxed);
    asio::co_spawn(worker.context(), serve(shared_from_this(), worker, std::move(socket)), asio::detached);
}

Awaitable<void> Listener::serve(std::shared_ptr<Listener> self, Worker& worker, Protocol::socket socket)
{
    {
        const auto settings = self->settings();
        const Peer peer{peer_uid(socket.native_handle()), settings, {settings, &settings->pins}};
        PeerStream stream(worker, std::move(socket));
        try {
            co_await self->door_->serve(stream, peer, self->counters_);
        } catch (const std::exception& exception) {
            log::error("listener {}: a connection ended by an exception: {}", settings->pins.listener,
                       exception.what());
        }
    }
    self->counters_.connections.fetch_sub(1, std::memory_order_relaxed);
}

} // namespace gatehouse::door
