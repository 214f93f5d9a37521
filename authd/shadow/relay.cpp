#include "shadow/relay.hpp"

#include "base/log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace gatehouse::shadow
{

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::local::stream_protocol;

namespace
{

constexpr std::size_t piece_size = 4096;
constexpr std::size_t length_size = 2;
constexpr std::chrono::milliseconds pause_when_full{10};
constexpr std::chrono::milliseconds pause_without_descriptors{100};

/// Bytes of a whole answer, its length included; 0 while the length itself is not there.
std::size_t answer_size(std::string_view received)
{
    if (received.size() < length_size)
        return 0;
    return length_size + (static_cast<std::size_t>(static_cast<std::uint8_t>(received[0])) << 8 |
                          static_cast<std::uint8_t>(received[1]));
}

void hang_up(Protocol::socket& socket)
{
    error_code ignored;
    socket.close(ignored);
}

asio::mutable_buffer buffer_of(Secret& secret)
{
    return {secret.writable().data(), secret.size()};
}

} // namespace

/// One client, and the old daemon's side of it.
struct Relay::Session {
    Session(Socket accepted, asio::io_context& io) : client(std::move(accepted)), old(io) {}

    void end()
    {
        ended = true;
        hang_up(client);
        hang_up(old);
    }

    Socket client;
    Socket old;
    Secret piece;   // what is read from the client: it may hold a password
    Secret request; // as it came
    wire::SaslauthdDecoder decoder;
    bool ended = false;
};

Relay::Relay(asio::io_context& io, std::string old, RelayLimits limits, Answered answered, Outage outage)
    : io_(io),
      old_(std::move(old)),
      limits_(limits),
      answered_(std::move(answered)),
      outage_(std::move(outage)),
      acceptor_(io),
      room_(io)
{
}

void Relay::listen(Descriptor socket)
{
    acceptor_.assign(Protocol(), socket.release());
    asio::co_spawn(io_, accept(), asio::detached);
}

void Relay::close()
{
    error_code ignored;
    acceptor_.close(ignored);
    room_.cancel();
}

Awaitable<void> Relay::accept()
{
    const auto self = shared_from_this();
    while (acceptor_.is_open()) {
        if (connections_ >= limits_.connections) {
            room_.expires_at(Deadline::max());
            (void)co_await room_.async_wait(as_result);
            continue;
        }
        auto [error, socket] = co_await acceptor_.async_accept(as_result);
        if (!acceptor_.is_open())
            co_return;
        if (error) { // no descriptor is left, or the client has gone already
            log::warn("a connection cannot be accepted: {}", error.message());
            room_.expires_after(pause_without_descriptors);
            (void)co_await room_.async_wait(as_result);
            continue;
        }
        ++connections_;
        asio::co_spawn(io_, serve(std::make_shared<Session>(std::move(socket), io_)), asio::detached);
    }
}

Awaitable<void> Relay::serve(std::shared_ptr<Session> session)
{
    struct Place {
        std::shared_ptr<Relay> relay;
        std::shared_ptr<Session> session;
        ~Place()
        {
            session->end();
            --relay->connections_;
            relay->room_.cancel();
        }
    };
    const Place place{shared_from_this(), session};
    if (!co_await read_request(*session)) {
        ++broken_;
        co_return;
    }
    const auto answer = co_await ask_old(session);
    if (!answer) {
        outage_(old_ + ": " + answer.error().text);
        co_return;
    }
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io_));
    alarm.arm(Clock::now() + limits_.hand_over, [&] { session->end(); });
    // A client that has gone does not change what was asked and answered.
    (void)co_await asio::async_write(session->client, asio::buffer(*answer), as_result);
    session->end();
    if (auto parsed = wire::parse_saslauthd_answer(*answer))
        answered_(session->decoder.take(), std::move(*parsed));
    else
        outage_(old_ + ": its answer is neither OK nor NO");
}

/// Reads until the four strings are there. False: the client left, was late, or there is no secret memory.
Awaitable<bool> Relay::read_request(Session& session)
{
    if (!session.piece.append(std::array<std::uint8_t, piece_size>{}))
        co_return false;
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io_));
    alarm.arm(Clock::now() + limits_.request, [&] { session.end(); });
    for (;;) {
        const auto [error, got] = co_await session.client.async_read_some(buffer_of(session.piece), as_result);
        if (error)
            co_return false;
        const auto bytes = session.piece.bytes().first(got);
        const auto whole = session.decoder.feed(bytes);
        if (!whole || !session.request.append(bytes))
            co_return false;
        if (*whole)
            co_return true;
    }
}

/// The old daemon's answer as it came.
Awaitable<Result<std::string>> Relay::ask_old(std::shared_ptr<Session> session)
{
    const Deadline deadline = Clock::now() + limits_.old;
    bool late = false;
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(io_));
    alarm.arm(deadline, [&] {
        late = true;
        session->end();
    });
    if (const auto connected = co_await connect_old(*session, deadline); !connected)
        co_return std::unexpected(connected.error());
    const auto request = session->request.bytes();
    const auto [unsent, sent] =
        co_await asio::async_write(session->old, asio::const_buffer(request.data(), request.size()), as_result);
    if (!unsent)
        asio::co_spawn(io_, pass_on(session), asio::detached);
    // Where it closed early, it may have said why before.
    std::string answer;
    std::array<char, piece_size> piece{};
    while (answer_size(answer) == 0 || answer.size() < answer_size(answer)) {
        const auto [error, got] = co_await session->old.async_read_some(asio::buffer(piece), as_result);
        if (late)
            co_return past_deadline("it did not answer in time");
        if (error)
            co_return unavailable("it closed without an answer");
        answer.append(piece.data(), got);
    }
    answer.resize(answer_size(answer));
    co_return answer;
}

/// Until there is room in the old daemon's queue: connecting to a Unix socket waits for nothing but that, and Asio
/// takes a full one for a connection.
Awaitable<Result<void>> Relay::connect_old(Session& session, Deadline deadline)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (old_.size() >= sizeof address.sun_path)
        co_return invalid("the path is longer than 107 bytes");
    old_.copy(address.sun_path, sizeof address.sun_path - 1);
    error_code error;
    session.old.open(Protocol(), error);
    if (!error)
        session.old.non_blocking(true, error);
    if (error)
        co_return unavailable("no socket can be made: " + error.message());
    asio::steady_timer pause(io_);
    while (::connect(session.old.native_handle(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno != EAGAIN)
            co_return unavailable("cannot be reached: " + std::error_code(errno, std::generic_category()).message());
        pause.expires_after(pause_when_full);
        (void)co_await pause.async_wait(as_result);
        if (session.ended || Clock::now() >= deadline)
            co_return past_deadline("its queue was full for too long");
    }
    co_return Result<void>{};
}

/// What the client sends after the four strings: a fifth that arrived later.
Awaitable<void> Relay::pass_on(std::shared_ptr<Session> session)
{
    const auto self = shared_from_this();
    while (!session->ended) {
        const auto [error, got] = co_await session->client.async_read_some(buffer_of(session->piece), as_result);
        if (error || session->ended || !session->decoder.feed(session->piece.bytes().first(got)))
            co_return;
        const auto [unsent, sent] =
            co_await asio::async_write(session->old, asio::const_buffer(session->piece.bytes().data(), got), as_result);
        if (unsent)
            co_return;
    }
}

} // namespace gatehouse::shadow
