#include "door/listener.hpp"

#include "base/log.hpp"
#include "base/socket_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gatehouse::door
{

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

namespace
{
constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr int accepts_in_a_row = 16; // then the worker calls for help and looks after the connections that it has

std::uint32_t peer_uid(int fd)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 ? credentials.uid : UINT32_MAX;
}
} // namespace

/// Where the first worker accepts. On that worker's thread; kept alive by its own wait, so that it ends with its
/// io_context.
class Listener::Entrance : public std::enable_shared_from_this<Entrance>
{
public:
    Entrance(Worker& worker, Descriptor socket)
        : worker_(worker), acceptor_(worker.context(), Protocol(), socket.release()), pause_(worker.context())
    {
    }

    static void open(std::shared_ptr<Entrance> self, std::shared_ptr<Listener> listener)
    {
        Worker& worker = self->worker_;
        asio::post(worker.context(), [self = std::move(self), listener = std::move(listener)]() mutable {
            self->listener_ = std::move(listener);
            self->wait();
        });
    }

    void close()
    {
        asio::post(worker_.context(), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                boost::system::error_code ignored;
                self->acceptor_.close(ignored);
                self->pause_.cancel();
            }
        });
    }

private:
    void wait()
    {
        if (acceptor_.is_open())
            acceptor_.async_wait(asio::socket_base::wait_read,
                                 [self = shared_from_this()](const boost::system::error_code& error) {
                                     if (!error)
                                         self->accept();
                                 });
    }

    void accept()
    {
        const Row row = listener_->accept_row(worker_, acceptor_.native_handle());
        if (row == Row::failed)
            return pause();
        if (row == Row::full)
            listener_->call_help(acceptor_.native_handle());
        wait();
    }

    /// Out of descriptors or memory: those who wait in the backlog are served when some are free again.
    void pause()
    {
        log::warn("listener {}: cannot accept: {}", listener_->settings()->pins.listener, std::strerror(errno));
        pause_.expires_after(pause_without_descriptors);
        pause_.async_wait([self = shared_from_this()](const boost::system::error_code&) { self->wait(); });
    }

    Worker& worker_;
    std::shared_ptr<Listener> listener_;
    Protocol::acceptor acceptor_;
    asio::steady_timer pause_;
};

Result<std::shared_ptr<Listener>> Listener::open(std::span<Worker* const> workers, ListenerSettings settings,
                                                 std::shared_ptr<Door> door)
{
    const auto fd = open_socket_file(settings.socket);
    if (!fd)
        return std::unexpected(fd.error());
    auto shared = std::make_shared<const ListenerSettings>(std::move(settings));
    std::shared_ptr<Listener> listener(new Listener(workers, std::move(shared), std::move(door)));
    listener->inode_ = inode_of(listener->settings()->socket.path);
    listener->not_started_ = std::make_shared<Entrance>(*workers.front(), Descriptor(*fd));
    return listener;
}

Listener::Listener(std::span<Worker* const> workers, std::shared_ptr<const ListenerSettings> settings,
                   std::shared_ptr<Door> door)
    : workers_(workers.begin(), workers.end()), settings_(std::move(settings)), door_(std::move(door))
{
    if (!door_->lasting())
        for (Worker* const worker : workers.subspan(1))
            helpers_.emplace_back(*worker);
}

Listener::~Listener()
{
    close();
}

void Listener::start()
{
    entrance_ = not_started_;
    Entrance::open(std::move(not_started_), shared_from_this());
}

void Listener::close()
{
    not_started_.reset();
    if (const auto entrance = std::exchange(entrance_, {}).lock())
        entrance->close();
    const std::string& path = settings()->socket.path;
    if (const auto inode = std::exchange(inode_, 0); inode != 0 && inode_of(path) == inode)
        ::unlink(path.c_str());
}

void Listener::set_settings(ListenerSettings settings)
{
    settings_.set(std::make_shared<const ListenerSettings>(std::move(settings)));
}

/// Accepts without Asio, which would tell epoll about each connection: most are over after one read.
Listener::Row Listener::accept_row(Worker& worker, int listening)
{
    for (int i = 0; i < accepts_in_a_row; ++i) {
        Descriptor socket(::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket.is_open())
            take(worker, std::move(socket));
        else if (errno == EAGAIN)
            return Row::ended;
        else if (errno != EINTR && errno != ECONNABORTED)
            return Row::failed;
    }
    return Row::full;
}

void Listener::call_help(int listening)
{
    const auto free = std::ranges::find_if(helpers_, [](Helper& helper) { return !helper.called.exchange(true); });
    if (free == helpers_.end())
        return;
    // A descriptor of its own, since the entrance may close meanwhile.
    Descriptor own(::fcntl(listening, F_DUPFD_CLOEXEC, 0));
    asio::post(free->worker.context(), [self = shared_from_this(), &helper = *free, own = std::move(own)]() mutable {
        self->help(helper, std::move(own));
    });
}

void Listener::help(Helper& helper, Descriptor listening)
{
    if (accept_row(helper.worker, listening.get()) != Row::full) {
        helper.called = false;
        return;
    }
    call_help(listening.get());
    asio::post(helper.worker.context(),
               [self = shared_from_this(), &helper, listening = std::move(listening)]() mutable {
                   self->help(helper, std::move(listening));
               });
}

void Listener::take(Worker& acceptor, Descriptor socket)
{
    auto settings = settings_.get();
    counters_.accepted.fetch_add(1, std::memory_order_relaxed);
    if (counters_.connections.fetch_add(1, std::memory_order_relaxed) >= settings->limits.connections) {
        counters_.connections.fetch_sub(1, std::memory_order_relaxed);
        counters_.turned_away.fetch_add(1, std::memory_order_relaxed);
        return; // closing without an answer is a temporary failure in every protocol served here
    }
    Worker& worker = door_->lasting() ? *workers_[++turn_ % workers_.size()] : acceptor;
    asio::co_spawn(worker.context(), serve(shared_from_this(), std::move(settings), worker, std::move(socket)),
                   asio::detached);
}

Awaitable<void> Listener::serve(std::shared_ptr<Listener> self, std::shared_ptr<const ListenerSettings> settings,
                                Worker& worker, Descriptor socket)
{
    {
        const Peer peer{peer_uid(socket.get()), settings, {settings, &settings->pins}};
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
