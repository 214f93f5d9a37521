#pragma once

#include "door/peer_stream.hpp"
#include "people/mirror.hpp"
#include "wire/native.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace gatehouse::door
{

/// One `watch` of a native client: everybody of a realm, then whoever changes, until it is stopped. Lives on the
/// connection's worker; the mirror tells it what changed from the feed's thread. A client that does not read is waited
/// for, and changes meanwhile are told once.
class NativeWatch : public std::enable_shared_from_this<NativeWatch>
{
public:
    NativeWatch(PeerStream& stream, wire::NativeId id, std::shared_ptr<people::Mirror> mirror);

    /// Runs until `stop`, or until the client is gone.
    Awaitable<void> run();
    void stop();

private:
    void hear(const people::Mirror::Change& change);
    Awaitable<bool> tell_everybody();
    Awaitable<bool> tell_changes(const people::Mirror::Change& change);
    void tell_person(const people::People& people, std::string_view id);
    void tell_feed();
    Awaitable<bool> let_drain();
    people::Mirror::Change take_changes();

    PeerStream& stream_;
    const wire::NativeId id_;
    const std::shared_ptr<people::Mirror> mirror_;
    boost::asio::steady_timer wake_;
    bool stopped_ = false;
    int told_live_ = -1; // nothing yet

    std::mutex mutex_;
    people::Mirror::Change changes_; // not told yet
};

} // namespace gatehouse::door
