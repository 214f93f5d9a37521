#pragma once

#include "door/door.hpp"
#include "gate/gate.hpp"

namespace gatehouse::door
{

/// The protocol of Cyrus SASL's saslauthd: one request, one answer, close. Spoken by libsasl2 (Cyrus IMAP, Postfix,
/// Sendmail, slapd's {SASL}), testsaslauthd and Exim. An outage closes without an answer, which libsasl2 reports as a
/// temporary failure; slapd turns even that into "invalid credentials" (docs/login-fails.md).
class SaslauthdDoor : public Door
{
public:
    explicit SaslauthdDoor(gate::Gate& gate) : gate_(gate) {}
    Awaitable<void> serve(PeerStream& stream, const Peer& peer, Counters& counters) override;
    bool lasting() const override { return false; }

private:
    gate::Gate& gate_;
};

} // namespace gatehouse::door
