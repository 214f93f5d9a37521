#include "client/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace gatehouse::client
{

namespace asio = boost::asio;
using boost::system::error_code;

Awaitable<Result<std::shared_ptr<Connection>>> Connection::open(asio::io_context& io, std::string path,
                                                                Deadline deadline)
{
    auto connection = std::make_shared<Connection>(io);
    bool late = false;
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io));
    alarm.arm(deadline, [&] {
        late = true;
        connection->close("authd did not greet in time");
    });
    const auto connected = co_await connection->connect(path);
    alarm.disarm();
    if (late)
        co_return past_deadline(path + ": authd did not greet in time");
    if (!connected)
        co_return std::unexpected(Error{connected.error().kind, path + ": " + connected.error().text});
    co_return connection;
}

Awaitable<Result<void>> Connection::connect(std::string path)
{
    asio::local::stream_protocol::endpoint endpoint;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        co_return invalid("the path of the socket is longer than 107 bytes");
    endpoint.path(path);
    const auto [error] = co_await socket_.async_connect(endpoint, as_result);
    if (error)
        co_return unavailable("authd cannot be reached: " + error.message());
    const auto line = co_await read_line();
    if (!line)
        co_return std::unexpected(line.error());
    const auto greeting = wire::parse_native_greeting(*line);
    if (greeting)
        co_return Result<void>{};
    if (greeting.error() == wire::WireError::wrong_version)
        co_return invalid("authd speaks another version of the native protocol than this program (1)");
    co_return invalid("what listens there does not greet as authd's native door does");
}

Awaitable<Result<std::string>> Connection::read_line()
{
    const auto [error, length] = co_await asio::async_read_until(
        socket_, asio::dynamic_buffer(inbox_, wire::max_native_line + 1), '\n', as_result);
    if (error == asio::error::not_found)
        co_return invalid("authd sent a line that is too long");
    if (error == asio::error::eof)
        co_return unavailable("authd closed the connection");
    if (error)
        co_return unavailable("the connection to authd failed: " + error.message());
    std::string line = inbox_.substr(0, length - 1);
    inbox_.erase(0, length);
    co_return line;
}

Awaitable<void> Connection::read_until_lost()
{
    const auto self = shared_from_this();
    while (!lost_)
        if (auto reply = co_await read_reply())
            deliver(std::move(*reply));
}

Awaitable<Result<wire::NativeReply>> Connection::read_reply()
{
    const auto self = shared_from_this();
    const auto line = co_await read_line();
    auto reply = line ? wire::parse_native_reply(*line) : std::unexpected(wire::WireError::malformed);
    if (!line)
        close(line.error().text);
    else if (!reply)
        close("authd sent a line that is no reply");
    else if (!reply->id)
        close("authd could not read a request: " + std::get<wire::NativeRefusal>(reply->body).text);
    if (lost_)
        co_return unavailable(why_);
    co_return std::move(*reply);
}

void Connection::deliver(wire::NativeReply reply)
{
    const auto found = waiters_.find(*reply.id);
    if (found == waiters_.end()) { // a session's, or its caller left at the deadline
        if (beside_.reply && !lost_)
            beside_.reply(std::move(reply));
        return;
    }
    found->second->reply = std::move(reply);
    found->second->wake.cancel();
}

Awaitable<Result<wire::NativeReply>> Connection::call(wire::NativeId id, Secret line, Deadline deadline)
{
    const auto self = shared_from_this();
    if (lost_)
        co_return unavailable(why_);
    Waiter waiter(io_);
    struct Place { // left also when the coroutine is destroyed while it waits
        Connection& connection;
        wire::NativeId id;
        ~Place() { connection.waiters_.erase(id); }
    };
    waiters_.emplace(id, &waiter);
    const Place place{*this, id};
    send(std::move(line));
    waiter.wake.expires_at(deadline);
    const auto [woken] = co_await waiter.wake.async_wait(as_result);
    if (waiter.reply)
        co_return std::move(*waiter.reply);
    if (lost_)
        co_return unavailable(why_);
    if (!woken)
        co_return past_deadline("authd did not answer in time");
    co_return unavailable("the call was cancelled");
}

void Connection::send(Secret line)
{
    if (lost_)
        return;
    outbox_.push_back(std::move(line));
    if (!std::exchange(writing_, true))
        asio::co_spawn(io_, write_outbox(), asio::detached);
}

Awaitable<void> Connection::write_outbox()
{
    const auto self = shared_from_this();
    while (!outbox_.empty()) {
        const Secret line = std::move(outbox_.front()); // its own until it is written, whatever happens to the outbox
        outbox_.pop_front();
        const auto bytes = line.bytes();
        const auto [error, written] =
            co_await asio::async_write(socket_, asio::const_buffer(bytes.data(), bytes.size()), as_result);
        if (error)
            close("the connection to authd failed: " + error.message());
    }
    writing_ = false;
    if (beside_.sent && !lost_)
        beside_.sent();
}

void Connection::close(std::string why)
{
    if (std::exchange(lost_, true))
        return;
    why_ = std::move(why);
    outbox_.clear();
    error_code ignored;
    socket_.close(ignored);
    for (const auto& [id, waiter] : waiters_)
        waiter->wake.cancel();
}

} // namespace gatehouse::client
