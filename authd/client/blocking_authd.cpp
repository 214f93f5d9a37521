#include "client/blocking_authd.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace gatehouse::client
{

namespace
{

Result<sockaddr_un> address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return invalid(path + ": the path of a socket has 1 to 107 bytes");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

std::string system_text(int code)
{
    return std::error_code(code, std::generic_category()).message();
}

/// Milliseconds for poll, rounded up so that it does not spin on the last one.
int milliseconds_until(Deadline deadline)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 24 * 3600 * 1000));
}

} // namespace

BlockingAuthd::~BlockingAuthd()
{
    drop();
}

void BlockingAuthd::drop()
{
    if (socket_ >= 0)
        ::close(std::exchange(socket_, -1));
    inbox_.clear();
}

/// The peer closed, or says something though nothing was asked (its last words before it closes).
bool BlockingAuthd::stale() const
{
    char byte = 0;
    const ssize_t got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

Result<void> BlockingAuthd::ensure_connected(Deadline deadline)
{
    if (socket_ >= 0 && owner_ == ::getpid() && !stale())
        return {};
    drop(); // in a forked child this closes the child's copy only
    auto connected = connect(deadline);
    if (!connected)
        drop();
    return connected;
}

Result<void> BlockingAuthd::connect(Deadline deadline)
{
    const auto address = address_of(path_);
    if (!address)
        return std::unexpected(address.error());
    owner_ = ::getpid();
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0)
        return unavailable("no socket can be made: " + system_text(errno));
    while (::connect(socket_, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
        // A Unix socket connects at once, or says that the listener's queue is full (EAGAIN): there is nothing to poll.
        absent_ = errno != EAGAIN && errno != EINTR;
        if (absent_)
            return unavailable(path_ + ": authd cannot be reached: " + system_text(errno));
        if (Clock::now() >= deadline)
            return past_deadline(path_ + ": authd does not take the connection");
        ::poll(nullptr, 0, 10);
    }
    const auto line = read_line(deadline);
    if (!line)
        return std::unexpected(line.error());
    if (const auto greeting = wire::parse_native_greeting(*line); !greeting)
        return invalid(path_ + (greeting.error() == wire::WireError::wrong_version
                                    ? ": authd speaks another version of the native protocol than this program (1)"
                                    : ": what listens there does not greet as authd's native door does"));
    return {};
}

Result<void> BlockingAuthd::wait(short events, Deadline deadline) const
{
    for (;;) {
        pollfd one{socket_, events, 0};
        const int ready = ::poll(&one, 1, milliseconds_until(deadline));
        if (ready > 0)
            return {};
        if (ready < 0 && errno != EINTR)
            return unavailable("cannot wait for authd: " + system_text(errno));
        if (Clock::now() >= deadline)
            return past_deadline("authd did not answer in time");
    }
}

Result<void> BlockingAuthd::send(std::string_view bytes, Deadline deadline)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return unavailable("the connection to authd failed: " + system_text(errno));
        if (const auto waited = wait(POLLOUT, deadline); !waited)
            return waited;
    }
    return {};
}

Result<std::string> BlockingAuthd::read_line(Deadline deadline)
{
    for (std::size_t seen = 0;;) {
        if (const std::size_t end = inbox_.find('\n', seen); end != std::string::npos) {
            std::string line = inbox_.substr(0, end);
            inbox_.erase(0, end + 1);
            return line;
        }
        if (inbox_.size() > wire::max_native_line)
            return invalid("authd sent a line that is too long");
        seen = inbox_.size();
        std::array<char, 8192> piece;
        const ssize_t got = ::recv(socket_, piece.data(), piece.size(), MSG_DONTWAIT);
        if (got > 0)
            inbox_.append(piece.data(), static_cast<std::size_t>(got));
        else if (got == 0)
            return unavailable("authd closed the connection");
        else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return unavailable("the connection to authd failed: " + system_text(errno));
        else if (const auto waited = wait(POLLIN, deadline); !waited)
            return std::unexpected(waited.error());
    }
}

Result<wire::NativeReply> BlockingAuthd::read_reply(wire::NativeId id, Deadline deadline)
{
    for (;;) {
        const auto line = read_line(deadline);
        if (!line)
            return std::unexpected(line.error());
        auto reply = wire::parse_native_reply(*line);
        if (!reply)
            return invalid("authd sent a line that is no reply");
        if (!reply->id)
            return unavailable("authd could not read the request: " + std::get<wire::NativeRefusal>(reply->body).text);
        if (*reply->id == id)
            return std::move(*reply);
    }
}

Result<wire::NativeReply> BlockingAuthd::call(wire::NativeRequest request, Deadline deadline)
{
    absent_ = false;
    if (const auto connected = ensure_connected(deadline); !connected)
        return std::unexpected(connected.error());
    const wire::NativeId id = next_id_++;
    set_id(request, id);
    const auto line = wire::format_native_request(request);
    if (!line)
        return std::unexpected(unwritable(line.error()));
    const auto sent = send(line->view(), deadline);
    auto reply = sent ? read_reply(id, deadline) : std::unexpected(sent.error());
    if (!reply)
        drop(); // whatever was under way on it must not meet the next call
    return reply;
}

Result<Answer> BlockingAuthd::verdict(wire::NativeRequest request, Deadline deadline)
{
    auto reply = call(std::move(request), deadline);
    if (!reply)
        return std::unexpected(std::move(reply.error()));
    if (auto* verdict = std::get_if<wire::NativeVerdict>(&reply->body))
        return std::move(*verdict);
    if (const auto* refusal = std::get_if<wire::NativeRefusal>(&reply->body))
        return invalid("authd does not take the request: " + refusal->text);
    return invalid("authd answered a login with something else");
}

Result<boost::json::value> BlockingAuthd::result(wire::NativeRequest request, Deadline deadline)
{
    auto reply = call(std::move(request), deadline);
    if (!reply)
        return std::unexpected(std::move(reply.error()));
    return result_of(std::move(*reply));
}

Result<Answer> BlockingAuthd::authenticate(Login login, Deadline deadline)
{
    return verdict(request_for(std::move(login)), deadline);
}

Result<Answer> BlockingAuthd::admit(Admission admission, Deadline deadline)
{
    return verdict(request_for(std::move(admission)), deadline);
}

Result<wire::NativeFound> BlockingAuthd::find(std::string login, Deadline deadline, std::string realm)
{
    const auto told = result(wire::NativeFind{.id = 0, .login = std::move(login), .realm = std::move(realm)}, deadline);
    return read_from(told, wire::parse_native_found);
}

Result<boost::json::value> BlockingAuthd::control(wire::NativeControl request, Deadline deadline)
{
    return result(std::move(request), deadline);
}

Result<boost::json::value> BlockingAuthd::status(Deadline deadline)
{
    return control({.operation = wire::NativeControl::Operation::status}, deadline);
}

Result<boost::json::value> BlockingAuthd::explain(std::string login, Deadline deadline)
{
    return control({.operation = wire::NativeControl::Operation::explain, .login = std::move(login)}, deadline);
}

Result<boost::json::value> BlockingAuthd::shield(Deadline deadline)
{
    return control({.operation = wire::NativeControl::Operation::shield}, deadline);
}

Result<boost::json::value> BlockingAuthd::shield_clear(std::string login, Deadline deadline)
{
    return control({.operation = wire::NativeControl::Operation::shield_clear, .login = std::move(login)}, deadline);
}

Result<boost::json::array> BlockingAuthd::sessions(const std::string& login, Deadline deadline)
{
    boost::json::array all;
    std::uint64_t after = 0;
    do {
        auto told =
            control({.operation = wire::NativeControl::Operation::sessions, .login = login, .after = after}, deadline);
        if (!told)
            return std::unexpected(std::move(told.error()));
        auto next = read_from(told, wire::parse_native_sessions);
        if (!next)
            return std::unexpected(std::move(next.error()));
        all.insert(all.end(), next->sessions.begin(), next->sessions.end());
        if (next->next <= after && next->next > 0)
            return invalid("authd tells the same sessions again");
        after = next->next;
    } while (after > 0);
    return all;
}

Result<boost::json::value> BlockingAuthd::kick(std::string login, Deadline deadline)
{
    return control({.operation = wire::NativeControl::Operation::kick, .login = std::move(login)}, deadline);
}

Result<boost::json::value> BlockingAuthd::reload(Deadline deadline)
{
    return control({.operation = wire::NativeControl::Operation::reload}, deadline);
}

} // namespace gatehouse::client
