#pragma once

#include "door/control.hpp"
#include "door/conversation.hpp"
#include "door/door.hpp"
#include "gate/gate.hpp"

namespace gatehouse::door
{

/// The protocol of our own programs (wire/native.hpp): one JSON object a line, many logins at once on a connection.
class NativeDoor : public Door
{
public:
    NativeDoor(gate::Gate& gate, Control& control) : gate_(gate), control_(control) {}
    Awaitable<void> serve(PeerStream& stream, const Peer& peer, Counters& counters) override;
    bool lasting() const override { return true; }

private:
    gate::Gate& gate_;
    Control& control_;
};

} // namespace gatehouse::door
