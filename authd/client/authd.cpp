#include "client/authd.hpp"

#include "client/connection.hpp"
#include "client/link.hpp"

#include <utility>

namespace gatehouse::client
{

namespace
{

Result<Turn> turn_of(wire::NativeReply reply)
{
    if (auto* challenge = std::get_if<wire::NativeChallenge>(&reply.body))
        return std::move(*challenge);
    if (auto* verdict = std::get_if<wire::NativeVerdict>(&reply.body))
        return std::move(*verdict);
    if (const auto* refusal = std::get_if<wire::NativeRefusal>(&reply.body))
        return invalid("authd does not take the request: " + refusal->text);
    return invalid("authd answered a login with something else");
}

} // namespace

Authd::Authd(boost::asio::io_context& io, Settings settings) : link_(std::make_shared<Link>(io, std::move(settings))) {}

Authd::~Authd()
{
    close();
}

void Authd::close()
{
    link_->close();
}

Awaitable<Result<Answer>> Authd::verdict(wire::NativeRequest request, Deadline deadline)
{
    auto reply = co_await link_->call(std::move(request), deadline);
    if (!reply)
        co_return std::unexpected(std::move(reply.error()));
    auto turn = turn_of(std::move(*reply));
    if (!turn)
        co_return std::unexpected(std::move(turn.error()));
    if (auto* answer = std::get_if<Answer>(&*turn))
        co_return std::move(*answer);
    co_return invalid("authd answered with a challenge where none can come");
}

Awaitable<Result<boost::json::value>> Authd::result(wire::NativeRequest request, Deadline deadline)
{
    auto reply = co_await link_->call(std::move(request), deadline);
    if (!reply)
        co_return std::unexpected(std::move(reply.error()));
    co_return result_of(std::move(*reply));
}

Awaitable<Result<Answer>> Authd::authenticate(Login login, Deadline deadline)
{
    return verdict(request_for(std::move(login)), deadline);
}

Awaitable<Result<Answer>> Authd::admit(Admission admission, Deadline deadline)
{
    return verdict(request_for(std::move(admission)), deadline);
}

Awaitable<Result<wire::NativeFound>> Authd::find(std::string login, Deadline deadline, std::string realm)
{
    const auto told =
        co_await result(wire::NativeFind{.id = 0, .login = std::move(login), .realm = std::move(realm)}, deadline);
    co_return read_from(told, wire::parse_native_found);
}

Awaitable<Result<std::uint64_t>> Authd::count(std::string key, std::chrono::seconds window, std::uint32_t n,
                                              Deadline deadline)
{
    if (window.count() < 0 || window.count() > UINT32_MAX)
        co_return invalid("a counter's window is longer than a year");
    const auto told = co_await result(
        wire::NativeCount{
            .id = 0, .key = std::move(key), .window_s = static_cast<std::uint32_t>(window.count()), .n = n},
        deadline);
    co_return read_from(told, wire::parse_native_count);
}

Awaitable<Result<void>> Authd::keep(std::string key, Secret bytes, Deadline deadline)
{
    const auto told =
        co_await result(wire::NativeKeep{.id = 0, .key = std::move(key), .bytes = std::move(bytes)}, deadline);
    if (!told)
        co_return std::unexpected(told.error());
    co_return Result<void>{};
}

Awaitable<Result<std::optional<std::string>>> Authd::kept(std::string key, Deadline deadline)
{
    const auto told = co_await result(wire::NativeKeep{.id = 0, .key = std::move(key), .bytes = {}}, deadline);
    co_return read_from(told, wire::parse_native_kept);
}

Awaitable<Result<Secret>> Authd::mint(std::string grant, std::string service, std::string store, Deadline deadline)
{
    const auto told = co_await result(
        wire::NativeMint{.id = 0, .grant = std::move(grant), .service = std::move(service), .store = std::move(store)},
        deadline);
    co_return read_from(told, wire::parse_native_minted);
}

struct Authd::Exchange::Seat {
    std::shared_ptr<Connection> connection;
    wire::NativeId id;
};

Authd::Exchange::Exchange(Authd& authd) : link_(*authd.link_) {}

Authd::Exchange::~Exchange()
{
    if (!seat_)
        return;
    if (auto line = wire::format_native_request(wire::NativeCancel{seat_->id}))
        seat_->connection->send(std::move(*line));
}

Awaitable<Result<Turn>> Authd::Exchange::begin(Opening opening, Deadline deadline)
{
    auto connected = co_await link_.connection(deadline);
    if (!connected)
        co_return std::unexpected(std::move(connected.error()));
    seat_ = std::make_unique<Seat>(*connected, (*connected)->next_id());
    co_return co_await turn(wire::NativeExchange{.id = seat_->id,
                                                 .service = std::move(opening.service),
                                                 .mechanism = std::move(opening.mechanism),
                                                 .initial = std::move(opening.initial),
                                                 .realm = std::move(opening.realm),
                                                 .client = std::move(opening.address),
                                                 .channel = std::move(opening.channel)},
                            deadline);
}

Awaitable<Result<Turn>> Authd::Exchange::step(Secret response, Deadline deadline)
{
    if (!seat_)
        co_return invalid("a step of an exchange that is not under way");
    co_return co_await turn(wire::NativeStep{seat_->id, std::move(response)}, deadline);
}

Awaitable<Result<Turn>> Authd::Exchange::turn(wire::NativeRequest request, Deadline deadline)
{
    auto line = wire::format_native_request(request);
    if (!line)
        co_return std::unexpected(unwritable(line.error()));
    auto reply = co_await seat_->connection->call(seat_->id, std::move(*line), deadline);
    if (!reply)
        co_return std::unexpected(std::move(reply.error()));
    auto next = turn_of(std::move(*reply));
    if (next && std::holds_alternative<Answer>(*next))
        seat_.reset(); // it is over: nothing to cancel
    co_return next;
}

Awaitable<Result<boost::json::value>> Authd::status(Deadline deadline)
{
    return result(wire::NativeControl{.operation = wire::NativeControl::Operation::status}, deadline);
}

Awaitable<Result<boost::json::value>> Authd::explain(std::string login, Deadline deadline)
{
    return result(wire::NativeControl{.operation = wire::NativeControl::Operation::explain, .login = std::move(login)},
                  deadline);
}

Awaitable<Result<boost::json::value>> Authd::reload(Deadline deadline)
{
    return result(wire::NativeControl{.operation = wire::NativeControl::Operation::reload}, deadline);
}

} // namespace gatehouse::client
