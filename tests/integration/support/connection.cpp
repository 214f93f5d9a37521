#include "support/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace gatehouse::integration
{

namespace
{
using Clock = std::chrono::steady_clock;

std::string because(const std::string& what)
{
    return what + ": " + std::generic_category().message(errno);
}

int connect_to(const sockaddr* address, socklen_t size, const std::string& name)
{
    const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        throw ConnectionLost(because("socket"));
    if (::connect(fd, address, size) != 0) {
        const std::string why = because(name);
        ::close(fd);
        throw ConnectionLost(why);
    }
    return fd;
}

int connect_to(const Place& place)
{
    if (!place.path.empty()) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (place.path.native().size() >= sizeof address.sun_path)
            throw ConnectionLost("too long for a socket: " + place.path.string());
        place.path.native().copy(address.sun_path, sizeof address.sun_path - 1);
        return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, place.path.string());
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(place.port);
    if (::inet_pton(AF_INET, place.host.c_str(), &address.sin_addr) != 1)
        throw ConnectionLost("not an IPv4 address: " + place.host);
    const int fd = connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address,
                              place.host + ":" + std::to_string(place.port));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void wait_for(int fd, short events, Clock::time_point end)
{
    for (;;) {
        pollfd wanted{fd, events, 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready > 0)
            return;
        if (ready == 0)
            throw ConnectionLost("the server said nothing in time");
        if (errno != EINTR)
            throw ConnectionLost(because("poll"));
    }
}
} // namespace

Connection::Connection(const Place& place, std::chrono::milliseconds patience)
    : fd_(connect_to(place)), patience_(patience)
{
}

Connection::~Connection()
{
    if (fd_ >= 0)
        ::close(fd_);
}

Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), patience_(other.patience_), buffer_(std::move(other.buffer_))
{
}

void Connection::send(std::string_view bytes)
{
    const auto end = Clock::now() + patience_;
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(n));
        else if (errno == EAGAIN)
            wait_for(fd_, POLLOUT, end);
        else if (errno != EINTR)
            throw ConnectionLost(because("send"));
    }
}

void Connection::send_slowly(std::string_view bytes, std::chrono::microseconds pause)
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        send(bytes.substr(i, 1));
        std::this_thread::sleep_for(pause);
    }
}

bool Connection::receive(Clock::time_point end)
{
    for (;;) {
        wait_for(fd_, POLLIN, end);
        std::array<char, 16 * 1024> piece;
        const ssize_t n = ::recv(fd_, piece.data(), piece.size(), 0);
        if (n > 0)
            buffer_.append(piece.data(), static_cast<std::size_t>(n));
        if (n >= 0)
            return n > 0;
        if (errno == ECONNRESET || errno == EPIPE)
            return false;
        if (errno != EINTR && errno != EAGAIN)
            throw ConnectionLost(because("recv"));
    }
}

std::string Connection::read_line()
{
    const auto end = Clock::now() + patience_;
    std::size_t at = 0;
    while ((at = buffer_.find('\n')) == std::string::npos)
        if (!receive(end))
            throw ConnectionLost("the server closed the connection" + (buffer_.empty() ? "" : " after: " + buffer_));
    std::string line = buffer_.substr(0, at);
    buffer_.erase(0, at + 1);
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

std::string Connection::ask(std::string_view line)
{
    send(std::string(line) + "\r\n");
    return read_line();
}

std::string Connection::read_until_closed()
{
    const auto end = Clock::now() + patience_;
    while (receive(end)) {
    }
    return std::exchange(buffer_, {});
}

void Connection::finish_sending()
{
    ::shutdown(fd_, SHUT_WR);
}

bool Connection::closes_within(std::chrono::milliseconds time)
{
    const auto end = Clock::now() + time;
    try {
        while (receive(end)) {
        }
        return true;
    } catch (const ConnectionLost&) {
        return false;
    }
}

} // namespace gatehouse::integration
