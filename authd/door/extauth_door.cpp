#include "door/extauth_door.hpp"

#include "door/counting.hpp"
#include "door/posix_account.hpp"
#include "wire/extauth.hpp"

namespace gatehouse::door
{

namespace
{
constexpr std::chrono::seconds close_within{2};

std::string service_of(const Pins& pins)
{
    return pins.services.empty() ? "ftp" : *pins.services.begin();
}

Attempt attempt_of(wire::ExtauthRequest request, const Peer& peer)
{
    return {.service = service_of(*peer.pins),
            .realm_hint = {},
            .client_address = std::move(request.client_address),
            .mechanism = "PLAIN",
            .peer_uid = peer.uid,
            .credential = PasswordCredential{
                .login = std::move(request.login), .authzid = {}, .password = std::move(request.password)}};
}

/// The answer with the person's account. Error: why FTP could not use it.
Result<std::string> granted(const Person& person, const Peer& peer)
{
    const auto account = posix_account(person, peer.settings->account);
    if (!account)
        return std::unexpected(account.error());
    return wire::extauth_granted({.uid = account->uid, .gid = account->gid, .home = account->home});
}

Result<void> suits(const Person& person, const Peer& peer)
{
    const auto answer = granted(person, peer);
    return answer ? Result<void>{} : std::unexpected(answer.error());
}
} // namespace

Awaitable<void> ExtauthDoor::serve(PeerStream& stream, const Peer& peer, Counters& counters)
{
    wire::ExtauthDecoder decoder;
    Result<bool, wire::WireError> whole = false;
    const PeerStream::Consumer feed = [&](auto bytes) { return (whole = decoder.feed(bytes)).has_value(); };
    const Deadline arrives_by = Clock::now() + peer.settings->limits.request;
    while (whole && !*whole)
        if (!co_await stream.read(feed, arrives_by))
            break;
    if (!whole || !*whole) {
        counters.protocol_errors.fetch_add(1, std::memory_order_relaxed);
        if (!whole && whole.error() == wire::WireError::too_long) {
            count(counters, co_await gate_.refuse(attempt_of({}, peer), peer.pins, Reason::too_long, {}));
            stream.send(wire::extauth_refused());
        }
        co_await stream.finish(Clock::now() + close_within);
        co_return;
    }

    stream.set_busy(true);
    Trail trail;
    const Deadline decide_by = Clock::now() + peer.settings->limits.login;
    const Verdict verdict = co_await gate_.check(
        attempt_of(decoder.take(), peer), peer.pins, decide_by, trail,
        {.detail = Detail::account, .suits = [&peer](const Person& person) { return suits(person, peer); }});
    count(counters, verdict);
    stream.send(verdict.granted()  ? granted(*verdict.person(), peer).value()
                : verdict.denied() ? wire::extauth_refused()
                                   : wire::extauth_unknown());
    co_await stream.finish(Clock::now() + close_within);
}

} // namespace gatehouse::door
