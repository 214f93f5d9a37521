#pragma once

#include "door/door.hpp"
#include "gate/gate.hpp"

namespace gatehouse::door
{

/// pure-ftpd's external authentication (`-l extauth:SOCKET`): one request, one answer with the account to take on,
/// close. The service is the one that the listener pins, or "ftp": the protocol names none. An outage is "auth_ok:0",
/// upon which pure-ftpd tries its next method, or refuses when there is none: FTP has no temporary failure.
class ExtauthDoor : public Door
{
public:
    explicit ExtauthDoor(gate::Gate& gate) : gate_(gate) {}
    Awaitable<void> serve(PeerStream& stream, const Peer& peer, Counters& counters) override;
    bool lasting() const override { return false; }

private:
    gate::Gate& gate_;
};

} // namespace gatehouse::door
