#include "door/dovecot_userdb_door.hpp"

#include "base/log.hpp"
#include "door/in_flight.hpp"
#include "door/posix_account.hpp"
#include "wire/dovecot_userdb.hpp"
#include "wire/line_buffer.hpp"

#include <unistd.h>

namespace gatehouse::door
{

namespace
{
/// One client of the userdb door.
class Session
{
public:
    Session(PeerStream& stream, const Peer& peer, Counters& counters, gate::Gate& gate, DovecotLogins& logins)
        : stream_(stream), peer_(peer), counters_(counters), gate_(gate), logins_(logins), in_flight_(stream)
    {
    }

    Awaitable<void> run()
    {
        stream_.send(wire::dovecot_master_greeting(static_cast<std::uint32_t>(::getpid())));
        while (co_await read_lines()) {
        }
        co_await in_flight_.wait_below(1);
        co_await stream_.flush(Clock::now() + peer_.settings->limits.request);
    }

private:
    Awaitable<bool> read_lines();
    bool allowed() const { return peer_.pins->peer_uids.empty() || peer_.pins->peer_uids.contains(peer_.uid); }

    void take(const wire::DovecotVersion&) {}
    void take(const wire::DovecotLoginRequest& request);
    void take(wire::DovecotPersonRequest request) { in_flight_.run(look_up(std::move(request))); }
    void take(const wire::DovecotListRequest& request) { stream_.send_soon(wire::dovecot_list_failed(request.id)); }
    void take(const wire::DovecotFlushRequest& request) { stream_.send_soon(wire::dovecot_flushed(request.id, 0)); }

    Awaitable<void> look_up(wire::DovecotPersonRequest request);
    Awaitable<void> complete(std::uint32_t id, Person person);
    std::string user(std::uint32_t id, const Person& person) const;

    PeerStream& stream_;
    const Peer& peer_;
    Counters& counters_;
    gate::Gate& gate_;
    DovecotLogins& logins_;
    InFlight in_flight_;
    wire::LineBuffer lines_{wire::max_dovecot_userdb_line};
};

Awaitable<bool> Session::read_lines()
{
    bool fed = true;
    const PeerStream::Consumer feed = [&](auto bytes) { return (fed = lines_.feed(bytes).has_value()); };
    const bool some = co_await stream_.read_when_idle(feed);
    while (auto line = lines_.next()) {
        co_await in_flight_.wait_below(peer_.settings->limits.in_flight);
        auto request = wire::parse_dovecot_master_line(line->view());
        if (!request || !allowed()) {
            counters_.protocol_errors.fetch_add(1, std::memory_order_relaxed);
            co_return false;
        }
        std::visit([this](auto&& parsed) { take(std::move(parsed)); }, std::move(*request));
    }
    co_return some&& fed;
}

void Session::take(const wire::DovecotLoginRequest& request)
{
    auto person = logins_.take(request.cookie, request.client_pid, request.client_id);
    if (person)
        in_flight_.run(complete(request.id, std::move(*person)));
    else
        stream_.send_soon(wire::dovecot_lookup_failed(request.id, "no such login is kept"));
}

/// A login that was granted by its name alone has no posix account yet: the directory is asked unless the listener's
/// own account serves everybody.
Awaitable<void> Session::complete(std::uint32_t id, Person person)
{
    if (person.known < Detail::account && !peer_.settings->account) {
        Trail trail;
        const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
        gate::Located located = co_await gate_.locate(person.name, peer_.pins, Detail::account, answer_by, trail);
        if (located.reason != Reason::granted) {
            stream_.send_soon(wire::dovecot_lookup_failed(id, located.detail));
            co_return;
        }
        person = std::move(located.person);
    }
    stream_.send_soon(user(id, person));
}

Awaitable<void> Session::look_up(wire::DovecotPersonRequest request)
{
    Trail trail;
    const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
    const gate::Located located = co_await gate_.locate(request.login, peer_.pins, Detail::account, answer_by, trail);
    if (is_outage(located.reason))
        stream_.send_soon(wire::dovecot_lookup_failed(request.id, located.detail));
    else if (located.reason != Reason::granted)
        stream_.send_soon(wire::dovecot_not_found(request.id));
    else if (request.kind == wire::DovecotPersonRequest::Kind::pass)
        stream_.send_soon(wire::dovecot_pass(request.id, located.person.mailbox));
    else
        stream_.send_soon(user(request.id, located.person));
}

std::string Session::user(std::uint32_t id, const Person& person) const
{
    const auto account = posix_account(person, peer_.settings->account);
    if (!account) {
        log::warn("listener {}: {}: {}", peer_.pins->listener, person.name, account.error().text);
        return wire::dovecot_lookup_failed(id, "no account");
    }
    const std::array<wire::DovecotField, 3> fields{
        {{"uid", std::to_string(account->uid)}, {"gid", std::to_string(account->gid)}, {"home", account->home}}};
    return wire::dovecot_user(id, person.mailbox, fields);
}
} // namespace

Awaitable<void> DovecotUserdbDoor::serve(PeerStream& stream, const Peer& peer, Counters& counters)
{
    Session session(stream, peer, counters, gate_, logins_);
    co_await session.run();
}

} // namespace gatehouse::door
