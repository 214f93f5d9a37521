// Dovecot as a store: over TLS of either kind, and told the client's address by ID or by the PROXY protocol. Then a
// submission server that hangs, and ManageSieve whose store is away.
#include "edge_own.hpp"
#include "support/eventually.hpp"
#include "support/mail_clients.hpp"
#include "support/own_authd.hpp"
#include "support/stopped.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace gatehouse::integration
{

using namespace std::chrono_literals;
using Catch::Matchers::StartsWith;

namespace
{
constexpr const char* somewhere = "127.0.0.9"; // the lab's servers are at 127.0.0.1

std::string ca()
{
    return (Lab::current().folder() / "ca/ca.pem").string();
}

/// Everybody's mail is at Dovecot. `more`: further keys of the store, each after a comma.
std::function<void(std::string&)> with_dovecot(const std::string& imap, const std::string& pop3,
                                               const std::string& more = {})
{
    return [=](std::string& yaml) {
        replace_section(yaml, "stores",
                        "  - {name: dovecot.campus.example, services: {pop3: pop3}, imap: " + quoted_place(imap) +
                            ", pop3: " + quoted_place(pop3) + more + "}\n");
        replace_section(yaml, "placement", "  - {by: everyone, stores: [dovecot.campus.example]}\n");
    };
}

/// From an address that is not the edge's.
std::string imap_answer(const OwnEdge& edge)
{
    TlsConnection client(edge.place("imaps"), somewhere);
    client.begin_tls();
    (void)client.read_line();
    client.send(login_command("alice"));
    const std::string answer = client.read_until("a ");
    if (answer.starts_with("a OK"))
        CHECK_THAT(client.ask("b NOOP"), StartsWith("b OK"));
    return answer;
}

std::string sieve_answer(const OwnEdge& edge)
{
    const SamplePerson& alice = Lab::current().person("alice");
    TlsConnection client(edge.place("sieve"));
    (void)client.read_until("OK");
    (void)client.ask("STARTTLS");
    client.begin_tls();
    (void)client.read_until("OK");
    return client.ask("AUTHENTICATE \"PLAIN\" \"" + plain_message(alice.name, alice.password) + "\"");
}
} // namespace

TEST_CASE("Dovecot is reached in clear text or over TLS, and hears where the client is", "[edge-attacks]")
{
    const std::string known = ", ca_file: " + ca() + ", name: mail.campus.example}";
    const auto [port, more] = GENERATE_COPY(table<std::string, std::string>({
        {"dovecot-imap", ""},
        {"dovecot-imap", ", tls: {use: starttls" + known},
        {"dovecot-imaps", ", tls: {use: implicit" + known},
        {"dovecot-imaps", ", tls: {use: implicit, ca_file: " + ca() + "}"}, // the certificate is the address's, too
        {"dovecot-imap-proxied", ", proxy_protocol: true"},
        {"dovecot-imap-proxied", ", proxy_protocol: true, tls: {use: starttls" + known},
        {"dovecot-imaps-proxied", ", proxy_protocol: true, tls: {use: implicit" + known},
    }));
    CAPTURE(port, more);
    const OwnEdge edge(with_dovecot(port, "dovecot-pop3", more));
    const AuditFile audit = Lab::current().audit();
    CHECK_THAT(imap_answer(edge), StartsWith("a OK"));
    const auto lines = audited_by(audit, "dovecot-login");
    REQUIRE(lines.size() == 1);
    CHECK(lines.front()["reason"] == "granted");
    CHECK(lines.front()["name"] == "alice");
    CHECK(lines.front()["client"] == somewhere);
}

TEST_CASE("Dovecot is reached by POP3 in clear text or over TLS", "[edge-attacks]")
{
    const std::string known = ", ca_file: " + ca() + ", name: mail.campus.example}";
    const auto [port, more] = GENERATE_COPY(table<std::string, std::string>({
        {"dovecot-pop3", ""},
        {"dovecot-pop3", ", tls: {use: starttls" + known},
        {"dovecot-pop3s", ", tls: {use: implicit" + known},
        {"dovecot-pop3-proxied", ", proxy_protocol: true"},
    }));
    CAPTURE(port, more);
    const OwnEdge edge(with_dovecot("dovecot-imap", port, more));
    const AuditFile audit = Lab::current().audit();
    CHECK_THAT(pop3_login_answer(edge.place("pop3s"), "alice", somewhere), StartsWith("+OK"));
    const auto lines = audited_by(audit, "dovecot-login");
    REQUIRE(lines.size() == 1);
    CHECK(lines.front()["service"] == "pop3");
    CHECK(lines.front()["client"] == (more.contains("proxy") ? somewhere : "127.0.0.1")); // POP3 has no word for it
}

TEST_CASE("a store that proves to be another one is shown no secret, and that is an outage", "[edge-attacks]")
{
    const std::string issuer = (Lab::current().folder() / "ca/mailgate.pem").string(); // it has issued nothing
    const std::string tls = GENERATE_COPY(", ca_file: " + ca() + ", name: other.campus.example}",
                                          ", ca_file: " + issuer + ", name: mail.campus.example}");
    const auto [imap, pop3, use] = GENERATE(table<std::string, std::string, std::string>(
        {{"dovecot-imap", "dovecot-pop3", "starttls"}, {"dovecot-imaps", "dovecot-pop3s", "implicit"}}));
    CAPTURE(tls, use);
    const OwnEdge edge(with_dovecot(imap, pop3, ", tls: {use: " + use + tls));
    const AuditFile audit = Lab::current().audit();
    CHECK_THAT(imap_answer(edge), StartsWith("a NO [UNAVAILABLE]"));
    CHECK_THAT(pop3_login_answer(edge.place("pop3s"), "alice", somewhere), StartsWith("-ERR [SYS/TEMP]"));
    CHECK(audited_by(audit, "dovecot-login").empty());
    CHECK(edge.log().contains("dovecot.campus.example (imap): its certificate is not taken for "));
}

TEST_CASE("a store that expects no PROXY protocol, or is not told what it expects, is an outage", "[edge-attacks]")
{
    const auto [port, more] = GENERATE(table<std::string, std::string>(
        {{"dovecot-imap-proxied", ""}, {"dovecot-imaps", ", proxy_protocol: true, tls: {use: implicit"}}));
    CAPTURE(port);
    const std::string known = more.contains("tls") ? ", ca_file: " + ca() + "}" : "";
    const OwnEdge edge([&](std::string& yaml) {
        with_dovecot(port, "dovecot-pop3", more + known)(yaml);
        yaml += "limits: {store: 2s}\n";
    });
    CHECK_THAT(imap_answer(edge), StartsWith("a NO [UNAVAILABLE]"));
}

TEST_CASE("a submission server that hangs is an outage, and is over when it goes on", "[edge-attacks]")
{
    const OwnEdge edge([](std::string& yaml) { yaml += "limits: {store: 2s}\n"; });
    REQUIRE_THAT(submission_login_answer(edge.place("submissions"), "alice"), StartsWith("235 "));
    {
        const Stopped stopped("postfix");
        std::string answer;
        CHECK(time_of([&] { answer = submission_login_answer(edge.place("submissions"), "alice"); }) < promised(4s));
        CHECK_THAT(answer, StartsWith("454 "));
        CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a OK")); // that is Cyrus's
    }
    CHECK(eventually(10s,
                     [&] { return submission_login_answer(edge.place("submissions"), "alice").starts_with("235 "); }));
}

TEST_CASE("ManageSieve whose store is away or something else is an outage", "[edge-attacks]")
{
    const std::string sieve = GENERATE("ftp", "smtp"); // nobody listens there in this lab; Postfix
    CAPTURE(sieve);
    const OwnEdge edge([&](std::string& yaml) {
        replace_section(yaml, "stores",
                        "  - {name: cyrus.campus.example, imap: " + quoted_place("imap") +
                            ", sieve: " + quoted_place(sieve) + "}\n");
        replace_section(yaml, "placement", "  - {by: everyone, stores: [cyrus.campus.example]}\n");
        yaml += "limits: {store: 2s}\n";
    });
    CHECK_THAT(sieve_answer(edge), StartsWith("NO (TRYLATER)"));
    CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a OK"));
}

TEST_CASE("ManageSieve whose store hangs is an outage, and is over when it goes on", "[edge-attacks]")
{
    const OwnEdge edge([](std::string& yaml) {
        replace_section(yaml, "placement", "  - {by: everyone, stores: [cyrus-2.campus.example]}\n");
        yaml += "limits: {store: 2s}\n";
    });
    REQUIRE_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a OK")); // makes the mailbox there
    REQUIRE_THAT(sieve_answer(edge), StartsWith("OK"));
    {
        const Stopped stopped("cyrus-2");
        std::string answer;
        CHECK(time_of([&] { answer = sieve_answer(edge); }) < promised(4s));
        CHECK_THAT(answer, StartsWith("NO (TRYLATER)"));
    }
    CHECK(eventually(10s, [&] { return sieve_answer(edge).starts_with("OK"); }));
}

} // namespace gatehouse::integration
