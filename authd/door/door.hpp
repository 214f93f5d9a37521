#pragma once

#include "base/async.hpp"
#include "door/peer_stream.hpp"
#include "door/settings.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace gatehouse::door
{

/// What a listener counts. Written by every worker.
struct Counters {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> turned_away{0}; ///< over the limit of connections
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> granted{0};
    std::atomic<std::uint64_t> denied{0};
    std::atomic<std::uint64_t> unavailable{0};
    std::atomic<std::uint64_t> protocol_errors{0};
};

/// Who is connected and what the listener lets them claim, as of the moment they connected.
struct Peer {
    std::uint32_t uid = 0; ///< SO_PEERCRED
    std::shared_ptr<const ListenerSettings> settings;
    std::shared_ptr<const Pins> pins; ///< part of `settings`
};

/// One wire protocol: turns bytes into Credentials and a Verdict back into bytes. Stateless between connections, shared
/// by all workers; `serve` runs on the connection's worker and returns when the connection is over.
class Door
{
public:
    virtual ~Door() = default;
    virtual Awaitable<void> serve(PeerStream& stream, const Peer& peer, Counters& counters) = 0;
    /// Do clients keep their connection for many requests? Then the workers must have equally many of them.
    virtual bool lasting() const = 0;
};

} // namespace gatehouse::door
