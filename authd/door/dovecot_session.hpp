#pragma once

#include "door/conversation.hpp"
#include "door/door.hpp"
#include "door/dovecot_logins.hpp"
#include "door/in_flight.hpp"
#include "gate/gate.hpp"
#include "wire/dovecot_auth.hpp"
#include "wire/line_buffer.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::door
{

/// One client of the Dovecot door.
class DovecotSession
{
public:
    DovecotSession(PeerStream& stream, const Peer& peer, Counters& counters, gate::Gate& gate, DovecotLogins& logins);
    Awaitable<void> run();

private:
    struct Open { // an exchange that waits for the client's answer
        Conversation conversation;
        wire::DovecotAuthBegin request;
        std::optional<Person> granted{}; // the last challenge is on its way: the answer to it says nothing more
    };
    using OpenPtr = std::unique_ptr<Open>;

    bool greet();
    Awaitable<bool> read_lines();
    bool take(const Secret& line);
    bool take(const wire::DovecotVersion& version);
    bool take(const wire::DovecotClientPid& client);
    bool take(wire::DovecotAuthBegin begin);
    bool take(wire::DovecotAuthContinue more);
    bool take(const wire::DovecotCancel& cancel);
    bool take(const wire::DovecotFault& fault);

    void proceed(OpenPtr open, std::optional<Conversation::Step> step);
    Awaitable<void> ask(OpenPtr open);
    Awaitable<void> authenticate(OpenPtr open, Conversation::Finished finished);
    Awaitable<void> refuse(wire::DovecotAuthBegin request, Conversation::Refused refused);
    Attempt attempt_of(const wire::DovecotAuthBegin& request, Credential credential) const;
    void challenge(OpenPtr open, std::string_view bytes);
    void grant(OpenPtr open, Person person, std::string_view last);
    void turn_away(const wire::DovecotAuthBegin& request, const std::string& login, const Verdict& verdict);

    PeerStream& stream_;
    const Peer& peer_;
    Counters& counters_;
    gate::Gate& gate_;
    DovecotLogins& logins_;
    InFlight in_flight_;
    wire::LineBuffer lines_{wire::max_dovecot_auth_line};
    std::map<std::uint32_t, OpenPtr> open_;
    std::string cookie_;
    std::uint32_t minor_ = 0;
    std::uint32_t client_pid_ = 0;
    bool version_seen_ = false;
    bool ending_ = false; // an outage that this client cannot be told: answer the other ids, then close
};

} // namespace gatehouse::door
