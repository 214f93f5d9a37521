#pragma once

#include "door/conversation.hpp"
#include "door/door.hpp"
#include "door/dovecot_logins.hpp"
#include "gate/gate.hpp"

namespace gatehouse::door
{

/// Dovecot's authentication client protocol 1.2 (wire/dovecot_auth.hpp): Dovecot's login processes, Postfix, Exim.
/// An outage is FAIL with code=temp_fail for a client of minor version 1 or later. One of minor version 0 takes any
/// FAIL for a wrong password, so its other logins are finished and the connection is closed.
class DovecotDoor : public Door
{
public:
    DovecotDoor(gate::Gate& gate, DovecotLogins& logins) : gate_(gate), logins_(logins) {}
    Awaitable<void> serve(PeerStream& stream, const Peer& peer, Counters& counters) override;
    bool lasting() const override { return true; }

private:
    gate::Gate& gate_;
    DovecotLogins& logins_;
};

} // namespace gatehouse::door
