#include "door/peer_stream.hpp"

#include "base/secret.hpp"
#include "base/secret_scratch.hpp"

#include <boost/asio/post.hpp>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <cerrno>

namespace gatehouse::door
{

namespace asio = boost::asio;

namespace
{
constexpr std::size_t read_size = 64 * 1024;
} // namespace

void Worker::drain()
{
    draining_ = true;
    for (PeerStream* stream = first_; stream != nullptr; stream = stream->next_)
        if (stream->idle())
            stream->socket_.cancel();
}

PeerStream::PeerStream(Worker& worker, Descriptor socket)
    : worker_(worker),
      alone_(std::move(socket)),
      socket_(worker.context()),
      fd_(alone_.get()),
      alarm_(worker.deadlines()),
      next_(worker.first_),
      link_(&worker.first_)
{
    if (next_ != nullptr)
        next_->link_ = &next_;
    worker.first_ = this;
    worker.count_.fetch_add(1, std::memory_order_relaxed);
}

PeerStream::~PeerStream()
{
    *link_ = next_;
    if (next_ != nullptr)
        next_->link_ = link_;
    worker_.count_.fetch_sub(1, std::memory_order_relaxed);
}

PeerStream::Received PeerStream::receive(const Consumer& consume)
{
    const auto buffer = secret_scratch<read_size>();
    if (buffer.empty())
        return Received::ended; // the secret memory was full when this thread began
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return Received::nothing_yet;
    if (n <= 0)
        return Received::ended;
    const auto bytes = buffer.first(static_cast<std::size_t>(n));
    const bool wanted = consume(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return wanted ? Received::some : Received::ended;
}

bool PeerStream::give_to_asio()
{
    if (!alone_.is_open())
        return open();
    boost::system::error_code error;
    socket_.assign(boost::asio::local::stream_protocol(), alone_.get(), error);
    if (error) { // epoll takes no more
        close();
        return false;
    }
    alone_.release();
    return true;
}

/// Waits until the socket can be read or written. False: closed meanwhile, or asked to end.
Awaitable<bool> PeerStream::wait(Socket::wait_type event)
{
    if (!give_to_asio())
        co_return false;
    const auto [error] = co_await socket_.async_wait(event, as_result);
    co_return !error && open();
}

Awaitable<bool> PeerStream::wait_and_receive(const Consumer& consume)
{
    Received received = Received::nothing_yet;
    while (received == Received::nothing_yet) {
        if (!co_await wait(Socket::wait_read))
            co_return false;
        received = receive(consume);
    }
    co_return received == Received::some;
}

Awaitable<bool> PeerStream::read(const Consumer& consume, Deadline deadline)
{
    if (!open())
        co_return false;
    if (const Received received = receive(consume); received != Received::nothing_yet)
        co_return received == Received::some; // the usual case: no timer, no wait
    alarm_.arm(deadline, [this] { close(); });
    const bool some = co_await wait_and_receive(consume);
    alarm_.disarm();
    co_return some;
}

Awaitable<bool> PeerStream::read_when_idle(const Consumer& consume)
{
    if (worker_.draining() && !busy_)
        co_return false;
    if (!open())
        co_return false;
    if (const Received received = receive(consume); received != Received::nothing_yet)
        co_return received == Received::some;
    waiting_idle_ = true;
    const bool some = co_await wait_and_receive(consume);
    waiting_idle_ = false;
    co_return some;
}

void PeerStream::set_busy(bool busy)
{
    busy_ = busy;
    if (worker_.draining() && idle())
        socket_.cancel();
}

void PeerStream::send(std::string_view bytes)
{
    if (!open())
        return;
    unsent_ += bytes;
    send_what_fits();
}

void PeerStream::send_soon(std::string_view bytes)
{
    if (!open())
        return;
    unsent_ += bytes;
    if (sending_soon_)
        return;
    sending_soon_ = true;
    asio::post(worker_.context(), [this, alive = std::weak_ptr<bool>(alive_)] {
        if (alive.expired())
            return;
        sending_soon_ = false;
        send_what_fits();
    });
}

void PeerStream::send_what_fits()
{
    if (writing_ || unsent_.empty() || !open())
        return;
    const ssize_t n = ::send(fd_, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        close();
        return;
    }
    unsent_.erase(0, n > 0 ? static_cast<std::size_t>(n) : 0);
    if (unsent_.size() > max_unsent)
        close();
    else if (!unsent_.empty())
        wait_writable();
}

void PeerStream::wait_writable()
{
    if (!give_to_asio())
        return;
    writing_ = true;
    socket_.async_wait(Socket::wait_write,
                       [this, alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code& error) {
                           if (alive.expired())
                               return;
                           writing_ = false;
                           if (!error)
                               send_what_fits();
                       });
}

Awaitable<bool> PeerStream::flush(Deadline deadline)
{
    send_what_fits();
    if (unsent_.empty())
        co_return open();
    alarm_.arm(deadline, [this] { close(); });
    while (!unsent_.empty() && open()) {
        if (!co_await wait(Socket::wait_write))
            break;
        writing_ = false;
        send_what_fits();
    }
    alarm_.disarm();
    co_return unsent_.empty() && open();
}

Awaitable<void> PeerStream::finish(Deadline deadline)
{
    if (!co_await flush(deadline))
        co_return;
    ::shutdown(fd_, SHUT_WR);
    // What the peer may still send is read and dropped: closing over unread bytes would reset the connection.
    while (co_await read([](auto) { return true; }, deadline)) {
    }
    close();
}

Awaitable<void> PeerStream::hang_up(Deadline deadline)
{
    if (co_await flush(deadline))
        close();
}

void PeerStream::stop_reading()
{
    ::shutdown(fd_, SHUT_RD);
}

void PeerStream::close()
{
    fd_ = -1;
    alone_.close();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace gatehouse::door
