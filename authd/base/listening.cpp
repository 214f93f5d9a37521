#include "base/listening.hpp"

#include "base/descriptor.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

namespace gatehouse
{

namespace
{

constexpr int backlog = 1024;

std::unexpected<Error> refused(const std::string& where, const char* what)
{
    return unavailable(where + ": " + what + ": " + std::error_code(errno, std::generic_category()).message());
}

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

std::optional<Address> parse_address(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return {};
    std::uint16_t port = 0;
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return {};
    std::string host(text.substr(0, colon));
    Address out;
    if (host.starts_with('[') && host.ends_with(']')) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        out.length = sizeof v6;
        host = host.substr(1, host.size() - 2);
        return ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1 ? std::optional(out) : std::nullopt;
    }
    auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    out.length = sizeof v4;
    return ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1 ? std::optional(out) : std::nullopt;
}

std::optional<Address> unix_address(std::string_view path)
{
    Address out;
    auto& local = reinterpret_cast<sockaddr_un&>(out.storage);
    if (path.empty() || path.size() >= sizeof local.sun_path)
        return {};
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, path.data(), path.size());
    out.length = sizeof local;
    return out;
}

/// A socket file that nobody serves may go. One that answers belongs to another process: bind then fails.
void remove_leftover(const std::string& path, const Address& address)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 &&
        errno == ECONNREFUSED)
        ::unlink(path.c_str());
}

} // namespace

Result<int> open_listening(const std::string& where, Sharing sharing)
{
    constexpr std::string_view unix_prefix = "unix:";
    const bool local = where.starts_with(unix_prefix);
    const std::string path = local ? where.substr(unix_prefix.size()) : std::string{};
    const auto address = local ? unix_address(path) : parse_address(where);
    if (!address)
        return invalid(where + ": expected ADDRESS:PORT, [IPV6-ADDRESS]:PORT or unix:PATH (at most 107 bytes)");

    Descriptor socket(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0)
        return refused(where, "no socket can be made");
    if (local) {
        remove_leftover(path, *address);
    } else {
        const int on = 1;
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (sharing == Sharing::with_others)
            ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    const mode_t before = local ? ::umask(0117) : 0; // the file has its mode from the first moment
    const int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->length);
    if (local) {
        const int error = errno;
        ::umask(before);
        errno = error;
    }
    if (bound != 0)
        return refused(where, "cannot be bound");
    if (::listen(socket.get(), backlog) != 0)
        return refused(where, "cannot be listened on");
    return socket.release();
}

Result<std::vector<int>> activated_sockets()
{
    const int count = ::sd_listen_fds(1);
    if (count < 0) {
        errno = -count;
        return refused("the sockets that systemd passes", "cannot be read");
    }
    std::vector<int> out;
    for (int socket = SD_LISTEN_FDS_START; socket < SD_LISTEN_FDS_START + count; ++socket) {
        if (::sd_is_socket(socket, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
            return invalid("a descriptor that systemd passed is no listening stream socket");
        ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
        out.push_back(socket);
    }
    return out;
}

} // namespace gatehouse
