#include "door/dovecot_door.hpp"

#include "door/dovecot_session.hpp"

namespace gatehouse::door
{

Awaitable<void> DovecotDoor::serve(PeerStream& stream, const Peer& peer, Counters& counters)
{
    DovecotSession session(stream, peer, counters, gate_, logins_);
    co_await session.run();
}

} // namespace gatehouse::door
