#include "door/native_door.hpp"

#include "door/native_session.hpp"

namespace gatehouse::door
{

Awaitable<void> NativeDoor::serve(PeerStream& stream, const Peer& peer, Counters& counters)
{
    NativeSession session(stream, peer, counters, gate_, control_);
    co_await session.run();
}

} // namespace gatehouse::door
