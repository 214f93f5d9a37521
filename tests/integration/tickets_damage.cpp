// Damage at each step of an exchange with a true ticket: the message on its way is cut, changed, made longer, replaced.
#include "support/sasl_damage.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
/// Alice's client of GSSAPI or GSS-SPNEGO, from its first message on.
SaslClient client_of(const std::string& mechanism, const Ticket& ticket)
{
    use_configuration_of(ticket);
    const bool spnego = mechanism == "GSS-SPNEGO";
    const auto gss = std::make_shared<GssClient>(
        "imap@localhost", ticket.cache(),
        GssClient::Wishes{.mechanism = spnego ? GssClient::Mechanism::spnego : GssClient::Mechanism::kerberos});
    return {.mechanism = mechanism, .answer = [gss, spnego](const std::string& challenge) -> std::string {
                if (!gss->established())
                    return gss->step(challenge);
                if (spnego)
                    return {};
                gss->unwrap(challenge);
                return gss->wrap(gss_layer(1));
            }};
}
} // namespace

TEST_CASE(
    "tickets, attack: whatever becomes of a message at whichever step lets nobody else in, and the door serves on",
    "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    for (const std::string mechanism : {"GSSAPI", "GSS-SPNEGO"})
        check_damage_at_each_step(Lab::current().socket("dovecot/run/login/login"), "alice",
                                  [&] { return client_of(mechanism, ticket); });
}

} // namespace gatehouse::integration
