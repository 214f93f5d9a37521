// The second half of a Session: asks authd who it is, finds their store, logs in there, and leaves the rest to a Relay.
#include "edge/session.hpp"

#include "base/log.hpp"
#include "base/secret_file.hpp"
#include "edge/protocols.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <utility>

namespace gatehouse::edge
{

namespace
{

codec::Refusal refusal_of(const client::Answer& answer)
{
    using enum codec::Refusal;
    if (answer.outcome == client::Answer::Outcome::unavailable)
        return unavailable;
    const std::string& told = answer.told;
    if (told == "password-expired" || told == "must-change-password" || told == "account-expired")
        return expired;
    if (told == "not-admitted" || told == "authzid-not-allowed" || told == "service-not-allowed")
        return not_authorized;
    return answer.password_right ? contact_admin : failed;
}

} // namespace

Awaitable<Session::Next> Session::act(codec::CheckPassword action)
{
    const Deadline by = Clock::now() + setup_->settings.limits.authd;
    Result<client::Answer> answer = co_await worker_.authd().authenticate({.service = listener_.settings.service,
                                                                           .login = std::move(action.login),
                                                                           .password = std::move(action.password),
                                                                           .address = address_},
                                                                          by);
    Next next = Next::go_on;
    if (answer)
        next = co_await take(std::move(*answer));
    else
        outage(answer.error().text);
    co_return next;
}

Awaitable<Session::Next> Session::act(codec::BeginExchange action)
{
    exchange_ = std::make_unique<client::Authd::Exchange>(worker_.authd());
    client::Opening opening{.service = listener_.settings.service,
                            .mechanism = std::move(action.mechanism),
                            .initial = std::move(action.initial),
                            .address = address_,
                            .channel = {}};
    if (client_.tls() != nullptr && opening.mechanism != "PLAIN" && opening.mechanism != "LOGIN")
        opening.channel = channel_of(*client_.tls());
    Result<client::Turn> turn =
        co_await exchange_->begin(std::move(opening), Clock::now() + setup_->settings.limits.authd);
    const Next next = co_await take(std::move(turn));
    co_return next;
}

Awaitable<Session::Next> Session::act(codec::ExchangeStep action)
{
    Next next = Next::go_on;
    if (granted_) { // the client has read authd's last message; it says nothing to it
        next = co_await serve(*std::exchange(granted_, std::nullopt));
    } else if (exchange_) {
        Result<client::Turn> turn =
            co_await exchange_->step(std::move(action.response), Clock::now() + setup_->settings.limits.authd);
        next = co_await take(std::move(turn));
    }
    co_return next;
}

Awaitable<Session::Next> Session::act(codec::CancelExchange /*action*/)
{
    exchange_.reset();
    granted_.reset();
    co_return Next::go_on;
}

Awaitable<Session::Next> Session::take(Result<client::Turn> turn)
{
    Next next = Next::go_on;
    if (!turn) {
        exchange_.reset();
        outage(turn.error().text);
    } else if (const auto* challenge = std::get_if<wire::NativeChallenge>(&*turn)) {
        front_->challenge(challenge->challenge);
    } else {
        exchange_.reset();
        next = co_await take(std::get<client::Answer>(std::move(*turn)));
    }
    co_return next;
}

Awaitable<Session::Next> Session::take(client::Answer answer)
{
    Next next = Next::go_on;
    if (answer.outcome != client::Answer::Outcome::granted) {
        refuse(answer);
    } else if (!answer.last.empty()) {
        front_->challenge(answer.last);
        granted_ = std::move(answer);
    } else {
        next = co_await serve(std::move(answer));
    }
    co_return next;
}

/// The person is known: finds their store, logs in there, and leaves the connections to a Relay.
Awaitable<Session::Next> Session::serve(client::Answer answer)
{
    Person& person = *answer.person;
    auto place = worker_.shared().people.enter(stable_name(person), setup_->settings.limits.per_person);
    if (!place) {
        counters().turned_away.fetch_add(1, std::memory_order_relaxed);
        worker_.warnings().warn(person.name, fmt::format("{}: {} has {} sessions already", listener_.settings.name,
                                                         person.name, setup_->settings.limits.per_person));
        front_->refuse(codec::Refusal::unavailable, "too many sessions of this person are open");
        co_return Next::go_on;
    }
    std::string store_name;
    Result<OpenedStore> store = co_await open_store(answer, store_name);
    if (!store) {
        counters().store_failures.fetch_add(1, std::memory_order_relaxed);
        worker_.warnings().warn(store.error().text,
                                fmt::format("{}: {}: {}", listener_.settings.name, person.name, store.error().text));
        front_->refuse(codec::Refusal::unavailable, "your mailbox is temporarily unavailable");
        co_return Next::go_on;
    }
    const Result<void> sent = co_await client_.write_all(front_->welcome(store->told));
    if (sent && !late_)
        relay(person, std::move(place), std::move(*store), store_name);
    co_return Next::over;
}

Awaitable<Result<OpenedStore>> Session::open_store(const client::Answer& answer, std::string& store_name)
{
    std::string why;
    const auto stores = setup_->placement->stores_of(protocol(), *answer.person, Clock::now(), why);
    Error error{ErrorKind::unavailable, std::move(why)};
    for (const auto& store : stores) {
        Result<codec::StoreWish> wish = co_await wish_for(answer, *store);
        if (!wish)
            co_return std::unexpected(wish.error());
        Result<OpenedStore> opened = co_await log_in_at(worker_.io(), *store, protocol(), std::move(*wish),
                                                        Clock::now() + setup_->settings.limits.store);
        if (opened) {
            store_name = store->name();
            co_return opened;
        }
        error = opened.error();
        if (late_)
            break;
    }
    co_return std::unexpected(error);
}

Awaitable<Result<codec::StoreWish>> Session::wish_for(const client::Answer& answer, const Store& store)
{
    const StoreSettings& settings = store.settings();
    const std::string& mailbox = answer.person->mailbox;
    codec::StoreWish wish{.user = mailbox,
                          .address = address_,
                          .port = port_,
                          .helo = std::string(front_->helo()),
                          .utf8 = front_->utf8(),
                          .starttls = settings.tls.use == TlsUse::starttls};
    if (protocol() == Protocol::submission)
        co_return std::move(wish);
    Result<Secret> secret = unavailable("");
    if (settings.proxy_account) {
        wish.user = settings.proxy_account->user;
        wish.act_for = mailbox;
        secret = read_secret_file(settings.proxy_account->password_file);
    } else {
        secret = co_await worker_.authd().mint(answer.grant, std::string(store.service(protocol())), store.name(),
                                               Clock::now() + setup_->settings.limits.store);
    }
    if (!secret)
        co_return std::unexpected(secret.error());
    wish.password = std::move(*secret);
    co_return std::move(wish);
}

void Session::relay(const Person& person, Crowd::Place place, OpenedStore store, const std::string& store_name)
{
    alarm_.disarm();
    const auto relay = std::make_shared<Relay>(worker_.io(), protocol(), std::move(client_), std::move(store.stream),
                                               make_boundary(protocol()));
    counters().granted.fetch_add(1, std::memory_order_relaxed);
    counters().sessions.fetch_add(1, std::memory_order_relaxed);
    worker_.add(relay);
    auto hold = hold_for(person, store_name, relay);
    auto words = listener_.settings.name + ": " + person.name + " of " + address_ + " at " + store_name;
    log::debug("{}: logged in", words);
    auto on_end = [&worker = worker_, &counters = counters(), relay = relay.get(), hold = std::move(hold),
                   here = std::move(place_), at_address = std::move(at_address_), of_person = std::move(place),
                   words = std::move(words),
                   since = Clock::now()](std::uint64_t from_client, std::uint64_t from_store) {
        counters.sessions.fetch_sub(1, std::memory_order_relaxed);
        counters.bytes_from_clients.fetch_add(from_client, std::memory_order_relaxed);
        counters.bytes_from_stores.fetch_add(from_store, std::memory_order_relaxed);
        const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since);
        log::info("{}: over after {}, {} bytes from the client, {} to it", words, lasted, from_client, from_store);
        worker.remove(relay);
    };
    relay->start(front_->rest(), std::move(store.rest), std::move(on_end));
}

/// authd says when the person may go on no more.
std::unique_ptr<client::Authd::Hold> Session::hold_for(const Person& person, const std::string& store_name,
                                                       const std::shared_ptr<Relay>& relay)
{
    client::HeldSession session{.realm = person.realm,
                                .person = person.id,
                                .name = person.name,
                                .service = listener_.settings.service,
                                .address = address_,
                                .store = store_name};
    auto end = [weak = std::weak_ptr(relay), &counters = counters(), name = person.name](const std::string& reason,
                                                                                         const std::string& /*text*/) {
        const auto strong = weak.lock();
        if (!strong)
            return;
        counters.ended_by_authd.fetch_add(1, std::memory_order_relaxed);
        log::info("a session of {} ends: {}", name, reason);
        strong->end(codec::Farewell::no_longer_allowed);
    };
    return std::make_unique<client::Authd::Hold>(worker_.authd(), std::move(session), std::move(end));
}

void Session::refuse(const client::Answer& answer)
{
    auto& counter = answer.outcome == client::Answer::Outcome::denied ? counters().denied : counters().unavailable;
    counter.fetch_add(1, std::memory_order_relaxed);
    front_->refuse(refusal_of(answer), answer.text);
}

/// Nothing is known about the password: nobody is told that it was wrong.
void Session::outage(std::string_view why)
{
    counters().unavailable.fetch_add(1, std::memory_order_relaxed);
    worker_.warnings().warn("authd", fmt::format("{}: logins are unavailable: {}", listener_.settings.name, why));
    front_->refuse(codec::Refusal::unavailable, "logins are temporarily unavailable");
}

} // namespace gatehouse::edge
