#pragma once

#include "door/control.hpp"
#include "door/conversation.hpp"
#include "door/door.hpp"
#include "door/held_sessions.hpp"
#include "door/in_flight.hpp"
#include "door/native_watch.hpp"
#include "door/store_grants.hpp"
#include "gate/gate.hpp"
#include "wire/line_buffer.hpp"
#include "wire/native.hpp"

#include <map>

namespace gatehouse::door
{

/// One client of the native door.
class NativeSession
{
public:
    NativeSession(PeerStream& stream, const Peer& peer, Counters& counters, gate::Gate& gate, Control& control);
    Awaitable<void> run();

private:
    struct Open { // an exchange that waits for the client's answer
        Conversation conversation;
        wire::NativeExchange request;
    };
    using OpenPtr = std::unique_ptr<Open>;

    Awaitable<bool> read_lines();
    bool take(Secret line);
    void take(wire::NativeAuthenticate request);
    void take(wire::NativeExchange request);
    void take(wire::NativeStep request);
    void take(const wire::NativeCancel& request);
    void take(wire::NativeFind request);
    void take(const wire::NativeWatch& request);
    void take(wire::NativeAdmit request);
    void take(wire::NativeCount request);
    void take(wire::NativeKeep request);
    void take(wire::NativeMint request);
    void take(const wire::NativeHold& request);
    void take(wire::NativeControl request);

    void proceed(OpenPtr open, std::optional<Conversation::Step> step);
    Awaitable<void> ask(OpenPtr open);
    Awaitable<void> authenticate(wire::NativeId id, Attempt attempt, bool trace, std::string last = {});
    Awaitable<void> refuse(wire::NativeId id, Attempt attempt, Reason reason, std::string detail);
    Awaitable<void> find(wire::NativeFind request);
    Awaitable<void> count_in_store(wire::NativeCount request);
    Awaitable<void> keep_in_store(wire::NativeKeep request);
    Awaitable<void> mint(wire::NativeMint request, gate::StoreGrant grant);
    Awaitable<void> serve_control(wire::NativeControl request);
    Awaitable<Result<boost::json::object>> clear_shield(std::string login);
    Awaitable<Result<boost::json::object>> list_sessions(std::string login, std::uint64_t after);
    Awaitable<Result<boost::json::object>> kick(std::string login);
    /// Answers with an error unless the listener has the right.
    bool allowed(wire::NativeId id, bool right, std::string_view name);
    Awaitable<Result<boost::json::object>> explain(std::string login);
    void answer(wire::NativeId id, const Verdict& verdict, const Trail& trail, std::string_view last = {});
    void protocol_error(std::optional<wire::NativeId> id, std::string_view text);

    PeerStream& stream_;
    const Peer& peer_;
    Counters& counters_;
    gate::Gate& gate_;
    Control& control_;
    InFlight in_flight_;
    InFlight watching_;
    const std::shared_ptr<HeldSessions> held_;
    std::map<wire::NativeId, std::shared_ptr<NativeWatch>> watches_;
    StoreGrants grants_;
    wire::LineBuffer lines_{wire::max_native_line};
    std::map<wire::NativeId, OpenPtr> open_;
};

} // namespace gatehouse::door
