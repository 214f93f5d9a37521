#include "door/saslauthd_door.hpp"

#include "door/counting.hpp"
#include "wire/saslauthd.hpp"

namespace gatehouse::door
{

namespace
{
constexpr std::chrono::seconds close_within{2};

/// libsasl2 cuts what was typed at its last '@' into login and realm; the name means a person only as a whole.
Attempt attempt_of(wire::SaslauthdRequest request, std::uint32_t peer_uid)
{
    if (!request.realm.empty())
        request.login += '@' + request.realm;
    return {.service = std::move(request.service),
            .realm_hint = {},
            .client_address = std::move(request.client_address),
            .mechanism = "PLAIN",
            .peer_uid = peer_uid,
            .credential = PasswordCredential{
                .login = std::move(request.login), .authzid = {}, .password = std::move(request.password)}};
}
} // namespace

Awaitable<void> SaslauthdDoor::serve(PeerStream& stream, const Peer& peer, Counters& counters)
{
    wire::SaslauthdDecoder decoder;
    Result<bool, wire::WireError> whole = false;
    const PeerStream::Consumer feed = [&](auto bytes) { return (whole = decoder.feed(bytes)).has_value(); };
    const Deadline arrives_by = Clock::now() + peer.settings->limits.request;
    while (whole && !*whole)
        if (!co_await stream.read(feed, arrives_by))
            break;
    if (!whole || !*whole) {
        counters.protocol_errors.fetch_add(1, std::memory_order_relaxed);
        if (!whole && whole.error() == wire::WireError::too_long) {
            count(counters, co_await gate_.refuse(attempt_of({}, peer.uid), peer.pins, Reason::too_long, {}));
            stream.send(wire::saslauthd_answer(false, public_text(Reason::too_long)));
        }
        co_await stream.finish(Clock::now() + close_within);
        co_return;
    }

    stream.set_busy(true);
    Trail trail;
    const Verdict verdict = co_await gate_.check(attempt_of(decoder.take(), peer.uid), peer.pins,
                                                 Clock::now() + peer.settings->limits.login, trail);
    count(counters, verdict);
    if (verdict.unavailable())
        co_return;
    stream.send(wire::saslauthd_answer(verdict.granted(), verdict.granted() ? "" : public_text(verdict.told())));
    co_await stream.hang_up(Clock::now() + close_within);
}

} // namespace gatehouse::door
