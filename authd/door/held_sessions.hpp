#pragma once

#include "door/in_flight.hpp"
#include "door/peer_stream.hpp"
#include "gate/live_sessions.hpp"
#include "identity/attempt.hpp"
#include "wire/native.hpp"

#include <deque>
#include <memory>
#include <unordered_map>

namespace gatehouse::door
{

/// The sessions that one native client keeps open. On the connection's worker; `end` comes from any thread. Tells ends
/// a few at a time, as the client reads them.
class HeldSessions final : public gate::SessionHolder, public std::enable_shared_from_this<HeldSessions>
{
public:
    static constexpr std::size_t most = 32'768; ///< of one connection; a process has fewer descriptors

    /// `telling` runs what tells of ends, and both outlive its coroutines.
    HeldSessions(PeerStream& stream, InFlight& telling, gate::LiveSessions& sessions)
        : stream_(stream), telling_(telling), sessions_(sessions), context_(stream.worker().context())
    {
    }

    ~HeldSessions() override { close(); } // however the connection ended

    bool full() const { return held_.size() >= most; }
    bool contains(wire::NativeId id) const { return held_.contains(id); }
    void hold(const wire::NativeHold& request, const Pins& pins, const gate::Rules& rules);
    /// The client has ended it.
    void cancel(wire::NativeId id);
    /// The connection ends: forgets all.
    void close();

    void end(std::vector<gate::EndedSession> ended) override;

private:
    struct End {
        wire::NativeId id;
        gate::SessionEnd why;
    };

    void take(const std::vector<gate::EndedSession>& ended);
    void tell(wire::NativeId id, gate::SessionEnd why);
    Awaitable<void> tell_all();

    PeerStream& stream_;
    InFlight& telling_;
    gate::LiveSessions& sessions_;
    boost::asio::io_context& context_;
    std::unordered_map<wire::NativeId, gate::SessionNumber> held_;
    std::deque<End> ends_; // not told yet
    bool is_telling_ = false;
    bool closed_ = false;
};

} // namespace gatehouse::door
