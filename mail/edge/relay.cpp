#include "edge/relay.hpp"

#include "edge/protocols.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <utility>

namespace gatehouse::edge
{

namespace asio = boost::asio;

namespace
{
constexpr std::size_t small_piece = 16 * 1024; // what a peer that reads slowly may cost
constexpr std::size_t large_piece = 64 * 1024; // for those that take whatever comes
constexpr std::chrono::seconds longest_linger{2};
constexpr std::chrono::seconds longest_silence{30}; // of a store whose client has ended
constexpr int pieces_in_a_row = 8;                  // then the other sessions of the thread have their turn

std::span<std::uint8_t> scratch()
{
    thread_local std::array<std::uint8_t, large_piece> buffer;
    return buffer;
}
} // namespace

Relay::Relay(asio::io_context& io, Protocol protocol, Stream client, Stream store,
             std::unique_ptr<codec::Boundary> boundary)
    : io_(io),
      protocol_(protocol),
      client_(std::move(client)),
      store_(std::move(store)),
      boundary_(std::move(boundary)),
      alarm_(DeadlineWheel::of(io))
{
}

void Relay::start(const Secret& for_store, std::string for_client, OnEnd on_end)
{
    on_end_ = std::move(on_end);
    up_.unsent = for_store.view(); // commands behind the login, no secret any more
    observe(up_, for_store.bytes());
    observe(down_, {reinterpret_cast<const std::uint8_t*>(for_client.data()), for_client.size()});
    down_.unsent = std::move(for_client);
    const auto self = shared_from_this();
    pump(up_);
    if (!finished_)
        pump(down_);
}

void Relay::observe(const Way& way, std::span<const std::uint8_t> bytes)
{
    if (!boundary_)
        return;
    if (way.from_client)
        boundary_->client_sent(bytes);
    else
        boundary_->store_sent(bytes);
}

void Relay::pump(Way& way)
{
    for (int i = 0; i < pieces_in_a_row; ++i)
        if (!flush(way) || !move_some(way))
            return;
    asio::post(io_, [self = shared_from_this(), &way] {
        if (!self->finished_)
            self->pump(way);
    });
}

/// False: `to` does not take all yet, or it is over.
bool Relay::flush(Way& way)
{
    while (way.sent < way.unsent.size()) {
        const std::string_view left = std::string_view(way.unsent).substr(way.sent);
        const auto moved = way.to.write({reinterpret_cast<const std::uint8_t*>(left.data()), left.size()});
        if (moved.outcome == Stream::Outcome::wants_read || moved.outcome == Stream::Outcome::wants_write) {
            wait(way, way.to, moved.outcome);
            return false;
        }
        if (moved.outcome != Stream::Outcome::done && !way.from_client) {
            finish();
            return false;
        }
        if (moved.outcome != Stream::Outcome::done) { // the store takes no more; what it has said is still delivered
            lingers_ = true;
            way.sent = way.unsent.size();
            break;
        }
        way.sent += moved.bytes;
    }
    if (way.sent > 0) {
        way.unsent = std::string(); // its memory, too
        way.sent = 0;
    }
    if (!way.ended)
        return true;
    end_way(way);
    return false;
}

/// Reads one piece and hands it on. False: there is none yet, or it is over.
bool Relay::move_some(Way& way)
{
    const auto buffer = scratch().first(way.eager ? large_piece : small_piece);
    const auto read = way.from.read(buffer);
    if (read.outcome == Stream::Outcome::wants_read || read.outcome == Stream::Outcome::wants_write) {
        wait(way, way.from, read.outcome);
        return false;
    }
    if (read.outcome == Stream::Outcome::failed && way.from_client) {
        finish();
        return false;
    }
    if (read.outcome != Stream::Outcome::done) {
        way.ended = true;
        end_way(way);
        return false;
    }
    if (lingers_ && way.from_client)
        return true;
    auto left = buffer.first(read.bytes);
    way.bytes += left.size();
    observe(way, left);
    while (!left.empty()) {
        const auto written = way.to.write(left);
        if (written.outcome != Stream::Outcome::done) {
            way.unsent.assign(reinterpret_cast<const char*>(left.data()), left.size());
            way.eager = false;
            return true; // flush decides
        }
        left = left.subspan(written.bytes);
    }
    way.eager = true;
    return true;
}

void Relay::wait(Way& way, Stream& on, Stream::Outcome outcome)
{
    const auto event = outcome == Stream::Outcome::wants_read ? Stream::Socket::wait_read : Stream::Socket::wait_write;
    on.socket().async_wait(event, [self = shared_from_this(), &way](const boost::system::error_code& error) {
        if (self->finished_)
            return;
        if (error)
            self->finish();
        else
            self->pump(way);
    });
}

/// A store that has ended has said its last word; a client may have ended its side only and still read.
void Relay::end_way(Way& way)
{
    way.over = true;
    if (way.from_client && down_.over)
        return finish();
    way.to.end_writing();
    if (way.from_client)
        await_store();
    else
        linger();
}

/// Waits for the client to close: closing over bytes that it still sends would reset the connection, and the store's
/// last words could be lost.
void Relay::linger()
{
    if (up_.over)
        return finish();
    lingers_ = true;
    up_.unsent.clear();
    up_.sent = 0;
    alarm_.arm(Clock::now() + longest_linger, [this] { finish(); });
}

/// The client sends no more, and may still read: what the store says is delivered. One that says nothing for so long is
/// given up.
void Relay::await_store()
{
    alarm_.arm(Clock::now() + longest_silence, [this, said = down_.bytes] {
        if (down_.bytes == said)
            finish();
        else
            await_store();
    });
}

void Relay::end(codec::Farewell why)
{
    if (finished_)
        return;
    const std::string_view last_words = farewell_after_login(protocol_, why);
    if (boundary_ && boundary_->between_responses() && down_.unsent.empty())
        (void)client_.write({reinterpret_cast<const std::uint8_t*>(last_words.data()), last_words.size()});
    client_.end_writing();
    linger();
}

void Relay::finish()
{
    if (std::exchange(finished_, true))
        return;
    alarm_.disarm();
    client_.close();
    store_.close();
    if (auto on_end = std::exchange(on_end_, {}))
        on_end(up_.bytes, down_.bytes);
}

} // namespace gatehouse::edge
