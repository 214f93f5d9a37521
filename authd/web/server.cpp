#include "web/server.hpp"

#include "base/log.hpp"
#include "web/request_head.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <cstring>
#include <utility>

#include <sys/socket.h>

namespace gatehouse::web
{

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;

namespace
{

constexpr std::size_t read_step = 2048;

/// The address of a TCP peer; a Unix socket has none.
std::string address_of(Server::Socket& socket)
{
    error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    const int family = error ? AF_UNSPEC : endpoint.protocol().family();
    if (family != AF_INET && family != AF_INET6)
        return {};
    asio::ip::tcp::endpoint tcp;
    tcp.resize(endpoint.size());
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    return tcp.address().to_string();
}

int family_of(int socket)
{
    int family = AF_UNSPEC;
    socklen_t length = sizeof family;
    ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &length);
    return family;
}

/// Closes the socket, which ends whatever waits on it.
void close(Server::Socket& socket)
{
    error_code ignored;
    socket.close(ignored);
}

} // namespace

void Server::listen(int listening_socket)
{
    const int family = family_of(listening_socket);
    Acceptor& acceptor = acceptors_.emplace_back(io_);
    acceptor.assign(Protocol(family, 0), listening_socket);
    asio::co_spawn(io_, accept(acceptor), asio::detached);
}

Awaitable<void> Server::accept(Acceptor& acceptor)
{
    while (!draining_) {
        auto [error, socket] = co_await acceptor.async_accept(as_result);
        if (draining_)
            co_return;
        if (error) { // no descriptor is left, or the peer has gone already
            log::warn("a connection cannot be accepted: {}", error.message());
            asio::steady_timer pause(io_, std::chrono::milliseconds(100));
            (void)co_await pause.async_wait(as_result);
            continue;
        }
        auto session = std::make_shared<Session>(std::move(socket));
        session->peer = address_of(session->socket);
        if (sessions_->size() < limits_.connections)
            asio::co_spawn(io_, serve(std::move(session)), asio::detached);
        else
            asio::co_spawn(io_, turn_away(std::move(session)), asio::detached);
    }
}

Awaitable<void> Server::serve(std::shared_ptr<Session> session)
{
    struct Place {
        std::shared_ptr<std::set<Session*>> sessions;
        Session* session;
        ~Place() { sessions->erase(session); }
    };
    sessions_->insert(session.get());
    const Place place{sessions_, session.get()};
    while (co_await serve_one(*session)) {
    }
    co_await part(*session);
}

/// Reads on after the last response: closing over bytes that were not read would reset the connection, and the peer
/// might never see what it was told.
Awaitable<void> Server::part(Session& session)
{
    error_code ignored;
    session.socket.shutdown(Socket::shutdown_send, ignored);
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io_));
    alarm.arm(Clock::now() + limits_.part, [&] { close(session.socket); });
    do
        session.received.wipe();
    while (co_await read_some(session) == Read::whole);
}

/// One request and its answer. True: another may follow.
Awaitable<bool> Server::serve_one(Session& session)
{
    session.idle = session.received.empty();
    if (session.idle && !co_await wait_for_request(session))
        co_return false;
    session.idle = false;
    switch (co_await read_head(session)) {
    case Read::whole: break;
    case Read::gone: co_return false;
    case Read::late: co_return co_await write(session, plain_response(408, "the request is late"), false, false);
    case Read::too_long: co_return co_await write(session, plain_response(431, "the head is too long"), false, false);
    case Read::no_memory: co_return co_await write(session, unavailable_response(), false, false);
    }
    const std::size_t length = head_length(session.received.view()).value_or(0);
    auto head = parse_request_head(session.received.view().substr(0, length));
    session.received.drop_front(length); // wiped: the password is in its own Secret now
    if (session.received.empty())
        session.received.wipe();
    if (!head)
        co_return co_await write(session, plain_response(400, head.error().text), false, false);
    if (head->has_body)
        co_return co_await write(session, plain_response(413, "a request has no body here"), false, head->is_head);
    const bool keep_alive = head->keep_alive;
    const bool without_body = head->is_head;
    Response response = co_await pages_.answer(std::move(*head), session.peer);
    co_return co_await write(session, std::move(response), keep_alive && !draining_, without_body);
}

Awaitable<bool> Server::wait_for_request(Session& session)
{
    if (draining_)
        co_return false;
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io_));
    alarm.arm(Clock::now() + limits_.idle, [&] { close(session.socket); });
    const auto [error] = co_await session.socket.async_wait(Socket::wait_read, as_result);
    co_return !error;
}

Awaitable<Server::Read> Server::read_head(Session& session)
{
    bool late = false;
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io_));
    alarm.arm(Clock::now() + limits_.request, [&] {
        late = true;
        error_code ignored;
        session.socket.cancel(ignored); // not closed: the peer is told
    });
    while (!head_length(session.received.view())) {
        if (late)
            co_return Read::late;
        if (session.received.size() >= limits_.head)
            co_return Read::too_long;
        const Read read = co_await read_some(session);
        if (read != Read::whole)
            co_return late ? Read::late : read;
    }
    co_return Read::whole;
}

/// Adds what has come to `received`, read straight into locked memory.
Awaitable<Server::Read> Server::read_some(Session& session)
{
    static constexpr std::array<std::uint8_t, read_step> room{};
    const std::size_t had = session.received.size();
    const std::size_t step = std::min(room.size(), limits_.head - had);
    if (!session.received.append(std::span(room).first(step)))
        co_return Read::no_memory;
    const auto free = session.received.writable().subspan(had);
    const auto [error, got] =
        co_await session.socket.async_read_some(asio::buffer(free.data(), free.size()), as_result);
    session.received.truncate(had + got);
    co_return error ? Read::gone : Read::whole;
}

Awaitable<bool> Server::write(Session& session, Response response, bool keep_alive, bool without_body)
{
    http::response<http::string_body> message(static_cast<http::status>(response.status), 11);
    for (const auto& header : response.headers)
        message.insert(header.name, header.value);
    message.set(http::field::server, "gatehouse-web");
    message.set(http::field::cache_control, "no-store");
    message.keep_alive(keep_alive);
    message.content_length(response.body.size());
    if (!without_body)
        message.body() = std::move(response.body);
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io_));
    alarm.arm(Clock::now() + limits_.write, [&] { close(session.socket); });
    const auto [error, written] = co_await http::async_write(session.socket, message, as_result);
    co_return !error && keep_alive;
}

Awaitable<void> Server::turn_away(std::shared_ptr<Session> session)
{
    (void)co_await write(*session, unavailable_response(), false, false);
    co_await part(*session);
}

void Server::drain()
{
    draining_ = true;
    error_code ignored;
    for (Acceptor& acceptor : acceptors_)
        acceptor.close(ignored);
    for (Session* session : *sessions_)
        if (session->idle)
            close(session->socket);
}

} // namespace gatehouse::web
