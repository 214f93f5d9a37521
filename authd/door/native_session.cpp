#include "door/native_session.hpp"

#include "base/text.hpp"
#include "door/counting.hpp"

namespace gatehouse::door
{

namespace
{
constexpr std::chrono::seconds close_within{2};

Attempt attempt_of(const Peer& peer, std::string service, std::string realm, std::string client, std::string mechanism,
                   Credential credential)
{
    return {.service = std::move(service),
            .realm_hint = std::move(realm),
            .client_address = std::move(client),
            .mechanism = std::move(mechanism),
            .peer_uid = peer.uid,
            .credential = std::move(credential)};
}

constexpr std::size_t max_watches = 16;

/// Null: no such realm that this listener may ask for, or it has no mirror.
std::shared_ptr<people::Mirror> mirror_of(const gate::Rules& rules, const Pins& pins, std::string_view realm)
{
    for (std::size_t i = 0; i < rules.names.size(); ++i)
        if (rules.names[i].realm == realm && (pins.realms.empty() || pins.realms.contains(realm)))
            return rules.realms[i].mirror;
    return nullptr;
}

/// Programs share the store: each listener has keys of its own, and none that authd itself uses.
std::string store_key(const Pins& pins, const std::string& key)
{
    return "native/" + pins.listener + '/' + key;
}
} // namespace

NativeSession::NativeSession(PeerStream& stream, const Peer& peer, Counters& counters, gate::Gate& gate,
                             Control& control)
    : stream_(stream),
      peer_(peer),
      counters_(counters),
      gate_(gate),
      control_(control),
      in_flight_(stream),
      watching_(stream, InFlight::Drains::cut),
      held_(std::make_shared<HeldSessions>(stream, watching_, gate.memory().sessions))
{
}

Awaitable<void> NativeSession::run()
{
    stream_.send(wire::format_native_greeting());
    while (co_await read_lines()) {
    }
    held_->close();
    co_await in_flight_.wait_below(1);
    for (const auto& [id, watch] : watches_)
        watch->stop();
    co_await watching_.wait_below(1);
    co_await stream_.finish(Clock::now() + close_within);
}

Awaitable<bool> NativeSession::read_lines()
{
    bool fed = true;
    const PeerStream::Consumer feed = [&](auto bytes) { return (fed = lines_.feed(bytes).has_value()); };
    const bool some = lines_.partial() ? co_await stream_.read(feed, Clock::now() + peer_.settings->limits.request)
                                       : co_await stream_.read_when_idle(feed);
    while (auto line = lines_.next()) {
        co_await in_flight_.wait_below(peer_.settings->limits.in_flight);
        if (!take(std::move(*line)))
            co_return false;
    }
    if (!fed)
        protocol_error({}, lines_.starved() ? "overloaded" : "the line is too long");
    co_return some;
}

bool NativeSession::take(Secret line)
{
    auto request = wire::parse_native_request(std::move(line));
    if (!request) {
        protocol_error(request.error().id, request.error().text);
        return request.error().id.has_value();
    }
    std::visit([this](auto&& parsed) { take(std::move(parsed)); }, std::move(*request));
    return true;
}

void NativeSession::take(wire::NativeAuthenticate request)
{
    PasswordCredential shown{.login = std::move(request.login), .authzid = {}, .password = std::move(request.password)};
    in_flight_.run(authenticate(request.id,
                                attempt_of(peer_, std::move(request.service), std::move(request.realm),
                                           std::move(request.client), "PLAIN", std::move(shown)),
                                request.trace));
}

void NativeSession::take(wire::NativeExchange request)
{
    if (open_.contains(request.id) || open_.size() >= peer_.settings->limits.in_flight)
        return protocol_error(request.id, "too many exchanges are open, or the id is in use");
    in_flight_.now([&] {
        OpenPtr open(new Open{.conversation = {}, .request = std::move(request)});
        const auto rules = gate_.rules();
        open->request.channel.realm_hint = open->request.realm;
        auto step =
            open->conversation.begin(open->request.mechanism, *peer_.settings, rules->means,
                                     std::move(open->request.channel), std::exchange(open->request.initial, {}));
        proceed(std::move(open), std::move(step));
    });
}

void NativeSession::take(wire::NativeStep request)
{
    auto node = open_.extract(request.id);
    if (node.empty())
        return protocol_error(request.id, "no exchange of this id waits for an answer");
    in_flight_.now([&] {
        OpenPtr open = std::move(node.mapped());
        auto step = open->conversation.next(std::move(request.response));
        proceed(std::move(open), std::move(step));
    });
}

void NativeSession::take(const wire::NativeCancel& request)
{
    open_.erase(request.id);
    held_->cancel(request.id);
    if (const auto watch = watches_.extract(request.id))
        watch.mapped()->stop();
}

bool NativeSession::allowed(wire::NativeId id, bool right, std::string_view name)
{
    if (!right)
        protocol_error(id, "this listener does not take such requests (" + std::string(name) + ")");
    return right;
}

void NativeSession::take(wire::NativeFind request)
{
    if (allowed(request.id, peer_.pins->may_find, "may_find"))
        in_flight_.run(find(std::move(request)));
}

void NativeSession::take(const wire::NativeWatch& request)
{
    if (!allowed(request.id, peer_.pins->may_find, "may_find"))
        return;
    const auto mirror = mirror_of(*gate_.rules(), *peer_.pins, request.realm);
    if (!mirror)
        return protocol_error(request.id, "no such realm, or nothing of it is mirrored");
    if (watches_.size() >= max_watches || watches_.contains(request.id) || open_.contains(request.id))
        return protocol_error(request.id, "too many watches are open, or the id is in use");
    const auto watch = std::make_shared<NativeWatch>(stream_, request.id, mirror);
    watches_.emplace(request.id, watch);
    watching_.run(watch->run());
}

void NativeSession::take(
    wire::NativeAdmit request) // the gate refuses it where the listener may not, and says so in the audit
{
    in_flight_.run(
        authenticate(request.id,
                     attempt_of(peer_, std::move(request.service), std::move(request.realm), std::move(request.client),
                                std::move(request.mechanism), ProvedName{std::move(request.login)}),
                     false));
}

void NativeSession::take(wire::NativeCount request)
{
    if (allowed(request.id, peer_.pins->may_store, "may_store"))
        in_flight_.run(count_in_store(std::move(request)));
}

void NativeSession::take(wire::NativeKeep request)
{
    if (allowed(request.id, peer_.pins->may_store, "may_store"))
        in_flight_.run(keep_in_store(std::move(request)));
}

void NativeSession::take(wire::NativeMint request)
{
    if (!allowed(request.id, peer_.pins->may_open_stores, "may_open_stores"))
        return;
    if (const auto grant = grants_.find(request.grant, Clock::now()))
        in_flight_.run(mint(std::move(request), *grant));
    else
        stream_.send_soon(wire::format_native_error(request.id, "this grant is not known, or not any more"));
}

void NativeSession::take(const wire::NativeHold& request)
{
    if (!allowed(request.id, peer_.pins->may_hold_sessions, "may_hold_sessions"))
        return;
    if (held_->full() || held_->contains(request.id))
        return protocol_error(request.id, "too many sessions are held, or the id is in use");
    held_->hold(request, *peer_.pins, *gate_.rules());
}

void NativeSession::take(wire::NativeControl request)
{
    if (allowed(request.id, peer_.pins->may_control, "may_control"))
        in_flight_.run(serve_control(std::move(request)));
}

/// A step that waits for nobody is taken without a coroutine: most of an exchange is such steps.
void NativeSession::proceed(OpenPtr open, std::optional<Conversation::Step> step)
{
    if (!step)
        return in_flight_.run(ask(std::move(open)));
    const wire::NativeId id = open->request.id;
    if (auto* challenge = std::get_if<Conversation::Challenge>(&*step)) {
        open_.emplace(id, std::move(open));
        return stream_.send_soon(wire::format_native_challenge(id, challenge->bytes));
    }
    auto attempt = [&](Credential credential) {
        return attempt_of(peer_, std::move(open->request.service), std::move(open->request.realm),
                          std::move(open->request.client), std::move(open->request.mechanism), std::move(credential));
    };
    if (auto* refused = std::get_if<Conversation::Refused>(&*step))
        return in_flight_.run(
            refuse(id, attempt(ProvedName{std::move(refused->login)}), refused->reason, std::move(refused->detail)));
    auto& finished = std::get<Conversation::Finished>(*step);
    in_flight_.run(
        authenticate(id, attempt(std::move(finished.credential)), open->request.trace, std::move(finished.last)));
}

Awaitable<void> NativeSession::ask(OpenPtr open)
{
    auto step = co_await open->conversation.ask();
    proceed(std::move(open), std::move(step));
}

Awaitable<void> NativeSession::authenticate(wire::NativeId id, Attempt attempt, bool trace, std::string last)
{
    Trail trail{.server = {}, .keep_steps = trace && peer_.pins->may_control, .steps = {}};
    const Deadline decide_by = Clock::now() + peer_.settings->limits.login;
    // Front ends may place people's mail by groups.
    const Detail wanted = peer_.pins->may_open_stores ? Detail::groups : Detail::account;
    const Verdict verdict = co_await gate_.check(std::move(attempt), peer_.pins, decide_by, trail, {.detail = wanted});
    answer(id, verdict, trail, last.empty() ? trail.last : last);
}

Awaitable<void> NativeSession::refuse(wire::NativeId id, Attempt attempt, Reason reason, std::string detail)
{
    const Verdict verdict = co_await gate_.refuse(std::move(attempt), peer_.pins, reason, std::move(detail));
    answer(id, verdict, Trail{});
}

void NativeSession::answer(wire::NativeId id, const Verdict& verdict, const Trail& trail, std::string_view last)
{
    count(counters_, verdict);
    const auto detail = peer_.pins->may_control ? wire::NativeDetail::administrator : wire::NativeDetail::people;
    std::string grant;
    if (verdict.granted() && peer_.pins->may_open_stores)
        grant = grants_.give(*verdict.person(), Clock::now());
    stream_.send_soon(wire::format_native_verdict(id, verdict, trail, detail, last, grant));
}

Awaitable<void> NativeSession::mint(wire::NativeMint request, gate::StoreGrant grant)
{
    const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
    const auto secret = co_await gate_.make_store_secret(std::move(grant), std::move(request.service),
                                                         std::move(request.store), peer_.pins, answer_by);
    stream_.send_soon(secret ? wire::format_native_result(request.id, boost::json::object{{"secret", secret->view()}})
                             : wire::format_native_error(request.id, secret.error().text));
}

Awaitable<void> NativeSession::find(wire::NativeFind request)
{
    Trail trail;
    const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
    const gate::Located located =
        co_await gate_.locate(std::move(request.login), peer_.pins, Detail::groups, answer_by, trail, request.realm);
    if (is_outage(located.reason)) {
        stream_.send_soon(wire::format_native_error(request.id, located.detail));
        co_return;
    }
    boost::json::value person;
    if (located.reason == Reason::granted)
        person = wire::native_person_in_full(located.person);
    stream_.send_soon(wire::format_native_result(
        request.id, boost::json::object{{"person", std::move(person)}, {"reason", name_of(located.reason)}}));
}

Awaitable<void> NativeSession::count_in_store(wire::NativeCount request)
{
    const auto sum = co_await gate_.memory().store.count(store_key(*peer_.pins, request.key),
                                                         std::chrono::seconds(request.window_s), request.n);
    stream_.send_soon(sum ? wire::format_native_result(request.id, boost::json::object{{"count", *sum}})
                          : wire::format_native_error(request.id, sum.error().text));
}

Awaitable<void> NativeSession::keep_in_store(wire::NativeKeep request)
{
    store::Store& store = gate_.memory().store;
    const std::string key = store_key(*peer_.pins, request.key);
    if (request.bytes)
        if (const auto kept = co_await store.keep(key, std::string(request.bytes->view())); !kept) {
            stream_.send_soon(wire::format_native_error(request.id, kept.error().text));
            co_return;
        }
    const auto kept = co_await store.kept(key);
    if (!kept) {
        stream_.send_soon(wire::format_native_error(request.id, kept.error().text));
        co_return;
    }
    boost::json::value bytes;
    if (const auto& text = *kept)
        bytes = text::base64({reinterpret_cast<const std::uint8_t*>(text->data()), text->size()});
    stream_.send_soon(wire::format_native_result(request.id, boost::json::object{{"bytes", std::move(bytes)}}));
}

void NativeSession::protocol_error(std::optional<wire::NativeId> id, std::string_view text)
{
    counters_.protocol_errors.fetch_add(1, std::memory_order_relaxed);
    stream_.send_soon(wire::format_native_error(id, text));
}

} // namespace gatehouse::door
