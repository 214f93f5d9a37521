#include "sasl_plugins_hosts.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

// The same as in sasl_plugins_gssapi.cpp where the tickets are those of an Active Directory.

namespace gatehouse::integration
{

TEST_CASE("SASL plugins: a domain's ticket logs its owner in at Cyrus and Postfix, without a password",
          "[sasl-plugins-domain]")
{
    const PersonsTicket alice("alice");
    for (const PluginHost& host : mail_plugin_hosts()) {
        const AuditFile audit = Lab::current().audit();
        const Reply reply = host.log_in(alice);
        INFO(host.name << ": " << reply.words);
        CHECK(reply.told == Told::granted);
        check_audited(audit, host, "alice", "granted");
    }
}

TEST_CASE("SASL plugins: the ticket of somebody whom the domain has disabled since is refused and audited",
          "[sasl-plugins-domain]")
{
    Newcomer person("plugin-user", "Plug1n-Passw0rd");
    const Ticket ticket(person.name(), "Plug1n-Passw0rd", "tickets");
    for (const PluginHost& host : mail_plugin_hosts()) {
        const Reply reply = host.log_in(ticket);
        INFO(host.name << ": " << reply.words);
        CHECK(reply.told == Told::granted); // the tickets for the services are there from now on
    }
    person.change("disable");
    for (const PluginHost& host : mail_plugin_hosts()) {
        const AuditFile audit = Lab::current().audit();
        const Reply reply = host.log_in(ticket);
        INFO(host.name << ": " << reply.words);
        CHECK(reply.told == Told::denied);
        CHECK(reply.words.find(host.disabled) != std::string::npos);
        check_audited(audit, host, person.name(), "account-disabled");
    }
}

} // namespace gatehouse::integration
