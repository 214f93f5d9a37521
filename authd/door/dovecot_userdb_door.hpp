#pragma once

#include "door/door.hpp"
#include "door/dovecot_logins.hpp"
#include "gate/gate.hpp"

namespace gatehouse::door
{

/// Dovecot's master protocol (wire/dovecot_userdb.hpp): the accounts behind logins that the Dovecot door granted, and
/// of people to whom mail is delivered. Carries no password. An outage is FAIL, never NOTFOUND: mail would bounce.
class DovecotUserdbDoor : public Door
{
public:
    DovecotUserdbDoor(gate::Gate& gate, DovecotLogins& logins) : gate_(gate), logins_(logins) {}
    Awaitable<void> serve(PeerStream& stream, const Peer& peer, Counters& counters) override;
    bool lasting() const override { return true; }

private:
    gate::Gate& gate_;
    DovecotLogins& logins_;
};

} // namespace gatehouse::door
