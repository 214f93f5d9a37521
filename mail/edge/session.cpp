#include "edge/session.hpp"

#include "base/log.hpp"
#include "base/secret_scratch.hpp"
#include "codec/proxy_protocol.hpp"
#include "edge/protocols.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <array>
#include <utility>

namespace gatehouse::edge
{

namespace asio = boost::asio;

namespace
{

constexpr std::size_t read_size = 16 * 1024;
constexpr std::chrono::seconds longest_linger{2};

} // namespace

Session::Session(Worker& worker, std::shared_ptr<const Setup> setup, const ListenerSetup& listener, Crowd::Place place,
                 Stream client)
    : worker_(worker),
      setup_(std::move(setup)),
      listener_(listener),
      client_(std::move(client)),
      place_(std::move(place)),
      alarm_(DeadlineWheel::of(worker.io()))
{
    worker_.add(this);
}

Session::~Session()
{
    worker_.remove(this);
}

Awaitable<void> Session::run()
{
    alarm_.arm(Clock::now() + setup_->settings.limits.login, [this] {
        late_ = true;
        client_.cancel();
    });
    codec::BackendLines backend;
    const auto store = setup_->placement->any_of(protocol(), Clock::now());
    if (tells_backend_first(protocol()))
        backend = co_await lines_of(worker_.io(), store, protocol(), Clock::now() + setup_->settings.limits.store,
                                    worker_.warnings());
    else if (store)
        backend = store->lines(protocol());
    front_ = make_front(protocol(), listener_.front, std::move(backend));
    bool ready = co_await find_peer();
    if (ready)
        ready = co_await secure();
    if (ready)
        co_await converse();
    if (!late_)
        co_return;
    counters().too_slow.fetch_add(1, std::memory_order_relaxed);
    const std::string words = front_->farewell(codec::Farewell::too_slow);
    if (client_.tls() != nullptr || listener_.settings.tls != TlsUse::implicit)
        (void)client_.write({reinterpret_cast<const std::uint8_t*>(words.data()), words.size()});
}

/// Who is connected, and is there a place for one more?
Awaitable<bool> Session::find_peer()
{
    boost::system::error_code error;
    const auto peer = client_.socket().remote_endpoint(error);
    if (error)
        co_return false;
    address_ = plain(peer.address()).to_string();
    port_ = peer.port();
    if (listener_.proxies.contains(peer.address())) {
        const bool told = co_await read_proxy_header();
        if (!told)
            co_return false;
    }
    at_address_ = worker_.shared().addresses.enter(address_, setup_->settings.limits.per_address);
    if (at_address_)
        co_return true;
    counters().turned_away.fetch_add(1, std::memory_order_relaxed);
    worker_.warnings().warn(address_, fmt::format("{}: {} has {} connections already", listener_.settings.name,
                                                  address_, setup_->settings.limits.per_address));
    const std::string words = front_->farewell(codec::Farewell::too_many);
    if (listener_.settings.tls != TlsUse::implicit)
        (void)client_.write({reinterpret_cast<const std::uint8_t*>(words.data()), words.size()});
    co_return false;
}

Awaitable<bool> Session::read_proxy_header()
{
    codec::ProxyHeaderReader reader;
    std::array<std::uint8_t, codec::ProxyHeaderReader::longest> bytes;
    while (const std::size_t needed = reader.needs()) {
        const auto count = co_await client_.read_some(std::span(bytes).first(std::min(needed, bytes.size())));
        if (!count || *count == 0)
            co_return false;
        if (const auto fed = reader.feed(std::span(bytes).first(*count)); !fed) {
            worker_.warnings().warn(address_,
                                    fmt::format("{}: {} sends no PROXY protocol header, which is demanded of it",
                                                listener_.settings.name, address_));
            co_return false;
        }
    }
    if (!reader.peer().source.empty()) {
        boost::system::error_code error;
        address_ = plain(asio::ip::make_address(reader.peer().source, error)).to_string();
        port_ = reader.peer().source_port;
    }
    co_return true;
}

Awaitable<bool> Session::secure()
{
    if (listener_.settings.tls != TlsUse::implicit) {
        front_->greet();
        co_return true;
    }
    const auto next = co_await act(codec::StartTls{});
    if (next == Next::over)
        co_return false;
    front_->greet();
    co_return true;
}

Awaitable<void> Session::converse()
{
    Next next = Next::go_on;
    while (next == Next::go_on) {
        if (auto action = front_->next())
            next = co_await act(std::move(*action));
        else
            next = co_await read();
    }
}

Awaitable<Session::Next> Session::read()
{
    const auto buffer = secret_scratch<read_size>();
    if (buffer.empty())
        co_return Next::over; // the secret memory was full when this thread began
    Stream::Moved moved = client_.read(buffer);
    while (moved.outcome == Stream::Outcome::wants_read || moved.outcome == Stream::Outcome::wants_write) {
        const bool ready = co_await client_.wait_for(moved.outcome);
        if (!ready)
            co_return Next::over;
        moved = client_.read(buffer); // other sessions have used the buffer meanwhile
    }
    if (moved.outcome != Stream::Outcome::done)
        co_return Next::over;
    const auto fed = front_->feed(buffer.first(moved.bytes));
    ::OPENSSL_cleanse(buffer.data(), moved.bytes);
    co_return fed ? Next::go_on : Next::over;
}

Awaitable<Session::Next> Session::act(codec::FrontAction action)
{
    const Next next = co_await std::visit([this](auto& one) { return act(std::move(one)); }, action);
    co_return next;
}

Awaitable<Session::Next> Session::act(codec::Send action)
{
    const Result<void> sent = co_await client_.write_all(action.bytes);
    co_return sent ? Next::go_on : Next::over;
}

Awaitable<Session::Next> Session::act(codec::StartTls /*action*/)
{
    const Result<void> secured = co_await client_.accept_tls(setup_->tls->context());
    if (!secured) {
        counters().tls_failures.fetch_add(1, std::memory_order_relaxed);
        log::debug("{}: {}: no TLS: {}", listener_.settings.name, address_, secured.error().text);
        co_return Next::over;
    }
    front_->secured({.secure = true, .bindings = true, .certificate = shows_certificate(*client_.tls())});
    co_return Next::go_on;
}

/// Waits for the client to close: closing over bytes that it still sends would reset the connection, and it could miss
/// what it was told.
Awaitable<Session::Next> Session::act(codec::Close /*action*/)
{
    client_.end_writing();
    alarm_.arm(Clock::now() + longest_linger, [this] { client_.cancel(); });
    Next next = Next::go_on;
    while (next == Next::go_on)
        next = co_await read(); // the front takes nothing more
    co_return Next::over;
}

} // namespace gatehouse::edge
