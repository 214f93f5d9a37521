#include "peers.hpp"

#include "loads.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gatehouse::bench
{

namespace
{
std::unexpected<Error> broken(const std::string& what)
{
    return unavailable(what + ": " + std::strerror(errno));
}
} // namespace

Result<Descriptor> connect_unix(const std::string& path)
{
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof name.sun_path)
        return invalid(path + ": too long for a socket");
    std::memcpy(name.sun_path, path.data(), path.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.is_open() && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0)
        return socket;
    if (errno == EAGAIN)
        return Descriptor();
    return broken(path);
}

Result<Descriptor> connect_tcp(const std::string& address, std::uint16_t port)
{
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1)
        return invalid(address + ": expected an IPv4 address");
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open() || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
        return broken(address + " port " + std::to_string(port));
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

Result<void> send_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            pollfd room{fd, POLLOUT, 0};
            ::poll(&room, 1, 100);
        } else if (n < 0 && errno != EINTR) {
            return broken("a request cannot be sent");
        }
        bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
    return {};
}

Result<bool> receive_some(int fd, std::string& received)
{
    std::array<char, 16 * 1024> piece;
    const ssize_t n = ::recv(fd, piece.data(), piece.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n < 0)
        return broken("an answer cannot be read");
    received.append(piece.data(), static_cast<std::size_t>(n));
    return n > 0;
}

Result<void> wait_for_any(std::vector<pollfd>& entries, const Progress& progress)
{
    const Deadline until = Clock::now() + patience;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        if (left <= 0)
            return unavailable("no answer for " + std::to_string(patience.count()) + " s; " +
                               progress.oldest_unanswered() + " waits");
        if (::poll(entries.data(), entries.size(), static_cast<int>(left)) > 0)
            return {};
    }
}

} // namespace gatehouse::bench
