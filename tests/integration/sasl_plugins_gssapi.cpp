#include "sasl_plugins_hosts.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <thread>

// Kerberos tickets at servers that check them by themselves, through Cyrus SASL: authd hears of them by the plugin
// only.

namespace gatehouse::integration
{

TEST_CASE("SASL plugins: a ticket logs its owner in, without a password, and is audited once", "[sasl-plugins]")
{
    const auto alice = ticket_of("alice");
    for (const PluginHost& host : plugin_hosts()) {
        INFO(host.name);
        const AuditFile audit = Lab::current().audit();
        const Reply reply = host.log_in(*alice);
        INFO(reply.words);
        CHECK(reply.told == Told::granted);
        check_audited(audit, host, "alice", "granted");
    }
}

TEST_CASE("SASL plugins: a disabled person's ticket is refused and audited", "[sasl-plugins]")
{
    const auto carol = ticket_of("carol");
    for (const PluginHost& host : plugin_hosts()) {
        INFO(host.name);
        const AuditFile audit = Lab::current().audit();
        const Reply reply = host.log_in(*carol);
        INFO(reply.words);
        CHECK(reply.told == Told::denied);
        CHECK(reply.words.find(host.disabled) != std::string::npos);
        check_audited(audit, host, "carol", "account-disabled");
    }
}

TEST_CASE("SASL plugins: an expired password refuses a ticket, in other words than a disabled account",
          "[sasl-plugins]")
{
    const auto harry = ticket_of("harry");
    for (const PluginHost& host : plugin_hosts()) {
        INFO(host.name);
        const AuditFile audit = Lab::current().audit();
        const Reply reply = host.log_in(*harry);
        INFO(reply.words);
        CHECK(reply.told == Told::denied);
        CHECK(reply.words.find("expired") != std::string::npos);
        check_audited(audit, host, "harry", "password-expired");
    }
}

TEST_CASE("SASL plugins: a principal who is nobody of the directory's is refused and audited", "[sasl-plugins]")
{
    const Lab& lab = Lab::current();
    lab.script("mit-kdc", {"kadmin", "addprinc -pw Str4nger-Passw0rd stranger"});
    const Ticket stranger("stranger", "Str4nger-Passw0rd");
    for (const PluginHost& host : plugin_hosts()) {
        INFO(host.name);
        const AuditFile audit = lab.audit();
        const Reply reply = host.log_in(stranger);
        INFO(reply.words);
        CHECK(reply.told == Told::denied);
        check_audited(audit, host, "stranger", "unknown-person");
    }
}

TEST_CASE("SASL plugins: the name that a host goes on with is the canonical one", "[sasl-plugins]")
{
    const Lab& lab = Lab::current();
    lab.script("mit-kdc", {"kadmin", "addprinc -pw Al1ce-Passw0rd ALICE"});
    const Ticket alice("ALICE", "Al1ce-Passw0rd");
    const auto mail_log = lab.folder() / "log/postfix-mail.log";
    const std::size_t before = read_file(mail_log).size();
    const Reply reply = curl_with_ticket("smtp", "mail.campus.example", lab.place("submission-cyrus"), alice);
    INFO(reply.words);
    REQUIRE(reply.told == Told::granted);
    CHECK(eventually(std::chrono::seconds(3), [&] {
        return read_file(mail_log).find("sasl_method=GSSAPI, sasl_username=alice", before) != std::string::npos;
    }));
    const Reply imap = imtest_with_ticket("imap.campus.example", lab.place("imap"), alice);
    INFO(imap.words);
    CHECK(imap.told == Told::granted);
}

TEST_CASE("SASL plugins: without authd every host answers a temporary failure, and serves again when it is back",
          "[sasl-plugins]")
{
    const auto alice = ticket_of("alice");
    const auto hosts = plugin_hosts();
    std::vector<std::string> processes;
    for (const PluginHost& host : hosts) {
        REQUIRE(host.log_in(*alice).told == Told::granted);
        processes.push_back(host.process());
        REQUIRE_FALSE(processes.back().empty());
    }
    {
        const WithoutAuthd away;
        for (const PluginHost& host : hosts) {
            INFO(host.name);
            const Reply reply = host.log_in(*alice);
            INFO(reply.words);
            CHECK(reply.told == Told::unavailable);
        }
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        INFO(hosts[i].name);
        const Reply reply = hosts[i].log_in(*alice);
        INFO(reply.words);
        CHECK(reply.told == Told::granted);
        if (hosts[i].name != "pop3") // Cyrus ends a pop3d after each session
            CHECK(hosts[i].process() == processes[i]);
    }
}

TEST_CASE("SASL plugins: nobody acts for somebody else, and only the ticket's owner is admitted", "[sasl-plugins]")
{
    const Lab& lab = Lab::current();
    const auto alice = ticket_of("alice");
    const auto check = [&](auto log_in) {
        const AuditFile audit = lab.audit();
        const Reply reply = log_in();
        INFO(reply.words);
        CHECK(reply.told == Told::denied);
        for (const AuditLine& line : audit.settled())
            CHECK(line["name"] == "alice");
    };
    check([&] { return ldap_with_ticket(lab.place("ldap-sasl"), *alice, "u:bob"); });
    check([&] { return imtest_with_ticket("imap.campus.example", lab.place("imap"), *alice, "bob"); });
}

TEST_CASE("SASL plugins: another principal of the same first name is not that person", "[sasl-plugins]")
{
    const Lab& lab = Lab::current();
    lab.script("mit-kdc", {"kadmin", "addprinc -pw Not-4lice-Passw0rd alice/admin"});
    const Ticket ticket("alice/admin", "Not-4lice-Passw0rd");
    for (const PluginHost& host : plugin_hosts()) {
        INFO(host.name);
        const AuditFile audit = lab.audit();
        const Reply reply = host.log_in(ticket);
        INFO(reply.words);
        CHECK(reply.told == Told::denied);
        if (host.service == "imap" || host.service == "pop") // Cyrus takes no such name, and asks nobody
            CHECK(audit.settled().empty());
        else
            check_audited(audit, host, "alice/admin", "unknown-person");
    }
}

TEST_CASE("SASL plugins: slapd's threads ask for many people at once", "[sasl-plugins]")
{
    const auto alice = ticket_of("alice");
    const auto bob = ticket_of("bob");
    const Place place = Lab::current().place("ldap-sasl");
    std::vector<Reply> replies(16);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < replies.size(); ++i)
            threads.emplace_back([&, i] { replies[i] = ldap_with_ticket(place, i % 2 == 0 ? *alice : *bob); });
    }
    for (std::size_t i = 0; i < replies.size(); ++i)
        CHECK(replies[i].words ==
              (i % 2 == 0 ? "dn:uid=alice,dc=through,dc=example" : "dn:uid=bob,dc=through,dc=example"));
}

} // namespace gatehouse::integration
