#include "edge/store_login.hpp"

#include "codec/proxy_protocol.hpp"
#include "edge/protocols.hpp"

#include <boost/asio/connect.hpp>

#include <array>
#include <vector>

namespace gatehouse::edge
{

namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{

/// One login. Its alarm ends whatever waits when the deadline has passed.
class StoreCall
{
public:
    StoreCall(asio::io_context& io, const Store& store, Protocol protocol, codec::StoreWish wish)
        : store_(store),
          protocol_(protocol),
          proxied_(codec::ProxiedPeer{wish.address, wish.port, wish.address, 0}),
          back_(make_back(protocol, std::move(wish))),
          stream_(io),
          resolver_(io),
          alarm_(DeadlineWheel::of(io))
    {
    }

    Awaitable<Result<OpenedStore>> run(Deadline deadline);

private:
    Awaitable<Result<void>> connect();
    Awaitable<Result<void>> introduce();
    Awaitable<Result<void>> secure();
    Awaitable<Result<OpenedStore>> converse();
    Awaitable<Result<void>> read();

    const Store& store_;
    Protocol protocol_;
    codec::ProxiedPeer proxied_;
    std::unique_ptr<codec::Back> back_;
    Stream stream_;
    tcp::resolver resolver_;
    DeadlineWheel::Alarm alarm_;
    bool late_ = false;
};

Awaitable<Result<OpenedStore>> StoreCall::run(Deadline deadline)
{
    alarm_.arm(deadline, [this] {
        late_ = true;
        resolver_.cancel();
        stream_.cancel();
    });
    Result<void> ready = co_await connect();
    if (ready)
        ready = co_await introduce();
    Result<OpenedStore> opened = std::unexpected(ready ? Error{} : ready.error());
    if (ready)
        opened = co_await converse();
    alarm_.disarm();
    if (opened || opened.error().kind == ErrorKind::invalid)
        store_.answered(protocol_);
    else
        store_.failed(protocol_, Clock::now());
    if (opened)
        co_return opened;
    std::string why = "store " + store_.name() + " (" + std::string(name_of(protocol_)) + "): ";
    why += late_ ? "it did not answer in time" : opened.error().text;
    co_return std::unexpected(Error{late_ ? ErrorKind::deadline : opened.error().kind, std::move(why)});
}

Awaitable<Result<void>> StoreCall::connect()
{
    const Endpoint& endpoint = *store_.endpoint(protocol_);
    const std::string where = endpoint.host + ":" + std::to_string(endpoint.port);
    std::vector<tcp::endpoint> places;
    boost::system::error_code no_address;
    if (const auto address = asio::ip::make_address(endpoint.host, no_address); !no_address) {
        places.emplace_back(address, endpoint.port);
    } else {
        const auto [error, found] =
            co_await resolver_.async_resolve(endpoint.host, std::to_string(endpoint.port), as_result);
        if (error)
            co_return unavailable(where + ": " + error.message());
        for (const auto& each : found)
            places.push_back(each.endpoint());
    }
    const auto [error, connected] = co_await asio::async_connect(stream_.socket(), places, as_result);
    if (error)
        co_return unavailable(where + ": " + error.message());
    boost::system::error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    stream_.socket().set_option(asio::socket_base::keep_alive(true), ignored);
    stream_.socket().non_blocking(true, ignored);
    co_return Result<void>{};
}

/// What comes before the protocol itself.
Awaitable<Result<void>> StoreCall::introduce()
{
    if (store_.settings().proxy_protocol) {
        boost::system::error_code error;
        const auto here = stream_.socket().remote_endpoint(error);
        proxied_.destination = here.address().to_string();
        proxied_.destination_port = here.port();
        const Result<void> sent = co_await stream_.write_all(codec::format_proxy_header(proxied_));
        if (!sent)
            co_return sent;
    }
    if (store_.settings().tls.use != TlsUse::implicit)
        co_return Result<void>{};
    const Result<void> secured = co_await secure();
    co_return secured;
}

Awaitable<Result<void>> StoreCall::secure()
{
    const std::string& name = store_.settings().tls.name;
    const std::string expected = name.empty() ? store_.endpoint(protocol_)->host : name;
    const Result<void> secured = co_await stream_.connect_tls(*store_.tls(), expected);
    co_return secured;
}

Awaitable<Result<void>> StoreCall::read()
{
    std::array<std::uint8_t, 4096> bytes;
    const Result<std::size_t> count = co_await stream_.read_some(bytes);
    if (!count)
        co_return std::unexpected(count.error());
    if (*count == 0)
        co_return unavailable("it closed the connection before the login was over");
    back_->feed(std::span(bytes).first(*count));
    co_return Result<void>{};
}

Awaitable<Result<OpenedStore>> StoreCall::converse()
{
    for (;;) {
        auto action = back_->next();
        Result<void> moved;
        if (!action) {
            moved = co_await read();
        } else if (auto* send = std::get_if<codec::StoreSend>(&*action)) {
            moved = co_await stream_.write_all(send->bytes.view());
        } else if (std::holds_alternative<codec::StoreStartTls>(*action)) {
            moved = co_await secure();
            back_->secured();
        } else if (auto* failed = std::get_if<codec::StoreFailed>(&*action)) {
            co_return std::unexpected(
                Error{failed->refused ? ErrorKind::invalid : ErrorKind::unavailable,
                      failed->refused ? "it refuses the login: " + failed->why : std::move(failed->why)});
        } else {
            auto& done = std::get<codec::StoreDone>(*action);
            store_.know_lines(protocol_, std::move(done.lines));
            co_return OpenedStore{std::move(stream_), std::move(done.told), back_->rest()};
        }
        if (!moved)
            co_return std::unexpected(moved.error());
    }
}

} // namespace

Awaitable<std::vector<std::string>> lines_of(asio::io_context& io, std::shared_ptr<const Store> store,
                                             Protocol protocol, Deadline deadline, RepeatedWarnings& warnings)
{
    if (!store)
        co_return std::vector<std::string>{};
    if (store->lines(protocol).empty() && store->may_be_asked(protocol, Clock::now())) {
        codec::StoreWish wish{.only_look = true, .starttls = store->settings().tls.use == TlsUse::starttls};
        const Result<OpenedStore> looked = co_await log_in_at(io, *store, protocol, std::move(wish), deadline);
        if (!looked)
            warnings.warn(store->name(), looked.error().text);
    }
    co_return store->lines(protocol);
}

Awaitable<Result<OpenedStore>> log_in_at(asio::io_context& io, const Store& store, Protocol protocol,
                                         codec::StoreWish wish, Deadline deadline)
{
    StoreCall call(io, store, protocol, std::move(wish));
    Result<OpenedStore> opened = co_await call.run(deadline);
    co_return opened;
}

} // namespace gatehouse::edge
