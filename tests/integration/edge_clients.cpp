// Mail programs of other people at the mail edge, which logs them in at Cyrus and at Postfix.
#include "edge_lab.hpp"
#include "edge_programs.hpp"
#include "support/gsasl_client.hpp"
#include "support/mail_clients.hpp"
#include "support/ticket.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
constexpr auto wrong_password = "Wrong-Passw0rd";

void check_granted(const MailProgram& program, const std::string& login, const std::string& password)
{
    const AuditFile audit = Lab::current().audit();
    const Reply reply = program.log_in(login, password);
    INFO(program.name << ": " << reply.words);
    CHECK(reply.told == Told::granted);
    const auto lines = audited_at_edge(audit);
    REQUIRE_FALSE(lines.empty());
    for (const AuditLine& line : lines) { // some open several connections
        INFO(line.text());
        CHECK(line["verdict"] == "granted");
        CHECK(line["service"] == program.service);
        CHECK(line["mechanism"] == program.mechanism);
        CHECK(line["name"] == "alice");
        CHECK(line["client"] == Lab::current().place("imap").host);
    }
}

void check_refused(const MailProgram& program, const std::string& login, const std::string& password,
                   const std::string& reason)
{
    const AuditFile audit = Lab::current().audit();
    const Reply reply = program.log_in(login, password);
    INFO(program.name << ": " << reply.words);
    CHECK(reply.told == Told::denied);
    const auto lines = audited_at_edge(audit);
    REQUIRE_FALSE(lines.empty());
    INFO(lines.front().text());
    CHECK(lines.front()["verdict"] == "denied");
    CHECK(lines.front()["reason"] == reason);
}

std::string certificate_of(const std::string& name, const std::string& kind = {})
{
    std::vector<std::string> words{"client", name};
    if (!kind.empty())
        words.push_back(kind);
    const std::string out = Lab::current().must("mailgate", words).out;
    return out.substr(0, out.find('\n'));
}
} // namespace

TEST_CASE("edge: mail programs log in by password and do what they are for", "[edge-openldap][edge-ad][edge-local]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    for (const MailProgram& program : programs_with_password())
        check_granted(program, alice.name, alice.password);
}

TEST_CASE("edge: a wrong password is refused in each protocol's own words", "[edge-openldap][edge-ad][edge-local]")
{
    for (const MailProgram& program : programs_with_password())
        check_refused(program, "alice", wrong_password, "wrong-password");
}

TEST_CASE("edge: whoever is disabled is refused though the password is right", "[edge-openldap][edge-ad][edge-local]")
{
    const SamplePerson& carol = Lab::current().person("carol");
    for (const MailProgram& program : programs_with_password())
        check_refused(program, carol.name, carol.password, "account-disabled");
}

TEST_CASE("edge: mail programs with a ticket and no password log in", "[edge-openldap][edge-ad]")
{
    const Ticket ticket("alice", Lab::current().person("alice").password, "tickets");
    for (const MailProgram& program : programs_with_ticket(ticket.environment()))
        check_granted(program, "", "");
}

TEST_CASE("edge: mail programs log in by NTLM", "[edge-ad]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    for (const MailProgram& program : programs_by_ntlm()) {
        check_granted(program, "CAMPUS\\alice", alice.password);
        check_refused(program, "CAMPUS\\alice", wrong_password, "wrong-password");
    }
}

TEST_CASE("edge: GNU SASL logs in by SCRAM bound to its TLS channel", "[edge-local]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    for (const MailProgram& program : programs_by_scram()) {
        check_granted(program, alice.name, alice.password);
        check_refused(program, alice.name, wrong_password, "wrong-password");
    }
}

TEST_CASE("edge: SCRAM that is bound to another connection is refused, and so is a client that was told of no binding",
          "[edge-local]")
{
    int challenges = 0;
    const auto log_in = [&](const std::string& binding, const std::string& flag) {
        ImapSession session;
        ImapSession other;
        GsaslClient client({"--mechanism=SCRAM-SHA-256-PLUS", "--authentication-id=alice",
                            "--password=" + Lab::current().person("alice").password},
                           {base64(binding == "own" ? session.exported_key() : other.exported_key())});
        return session.exchange(
            flag == "p" ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256", [&](const std::string& challenge) {
                if (challenge.starts_with("v=")) // the server's proof; nothing is left to say
                    return std::string();
                if (!challenge.empty())
                    client.write(challenge);
                const std::string message = client.read();
                const std::string bound = "p=tls-exporter,";
                return flag == "y" && message.starts_with(bound) ? "y," + message.substr(bound.size()) : message;
            });
    };
    const AuditFile audit = Lab::current().audit();
    CHECK(log_in("own", "p").ok());
    CHECK(log_in("another's", "p").status.starts_with("NO [AUTHENTICATIONFAILED]"));
    challenges = 0;
    CHECK(log_in("own", "y").status.starts_with("NO [AUTHENTICATIONFAILED]"));
    CHECK(challenges == 0); // the flag alone says that somebody has taken -PLUS out of what was offered
    const auto lines = audited_at_edge(audit, 3);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0]["verdict"] == "granted");
    CHECK(lines[1]["reason"] == "channel-binding-differs");
    CHECK(lines[2]["reason"] == "channel-binding-differs");
}

TEST_CASE("edge: what mutt sends by submission, mbsync pulls over IMAPS", "[edge-openldap][edge-ad][edge-local]")
{
    const SamplePerson& bob = Lab::current().person("bob");
    const std::string subject =
        "by mutt for bob " + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
    const SamplePerson& alice = Lab::current().person("alice");
    const Reply sent = send_by_mutt(alice.name, alice.password, "bob@campus.example", subject);
    INFO(sent.words);
    REQUIRE(sent.told == Told::granted);
    std::string pulled;
    const bool arrived = eventually(std::chrono::seconds(10), [&] {
        pulled = mailbox_by_mbsync(bob.name, bob.password);
        return pulled.find("Subject: " + subject) != std::string::npos;
    });
    INFO(pulled);
    CHECK(arrived);
}

TEST_CASE("edge: a client certificate logs in whom it names, by address and by user principal name",
          "[edge-openldap][edge-ad]")
{
    for (const std::string kind : {"", "upn"}) {
        const AuditFile audit = Lab::current().audit();
        ImapSession session(edge_place("imaps"), certificate_of("alice@campus.example", kind));
        const auto logged_in = session.ask("AUTHENTICATE EXTERNAL =");
        INFO(logged_in.status);
        REQUIRE(logged_in.ok());
        CHECK(session.ask("SELECT INBOX").ok());
        const auto lines = audited_at_edge(audit);
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["mechanism"] == "EXTERNAL");
        CHECK(lines[0]["name"] == "alice");
    }
}

TEST_CASE("edge: EXTERNAL is refused without a certificate, to nobody, to whoever is disabled, and for somebody else",
          "[edge-openldap][edge-ad]")
{
    ImapSession bare;
    CHECK(bare.ask("CAPABILITY").untagged.find("AUTH=EXTERNAL") == std::string::npos);
    CHECK_FALSE(bare.ask("AUTHENTICATE EXTERNAL =").ok());
    ImapSession nobody(edge_place("imaps"), certificate_of("nobody-here@campus.example"));
    CHECK(nobody.ask("CAPABILITY").untagged.find("AUTH=EXTERNAL") != std::string::npos);
    CHECK(nobody.ask("AUTHENTICATE EXTERNAL =").status.starts_with("NO [AUTHENTICATIONFAILED]"));
    ImapSession carol(edge_place("imaps"), certificate_of("carol@campus.example"));
    CHECK(carol.ask("AUTHENTICATE EXTERNAL =").status.starts_with("NO ["));
    // Whoever is of the staff may act for others here, and nobody else.
    ImapSession bob(edge_place("imaps"), certificate_of("bob@campus.example"));
    CHECK(bob.ask("AUTHENTICATE EXTERNAL " + base64("alice")).status.starts_with("NO ["));
    const AuditFile audit = Lab::current().audit();
    ImapSession alice(edge_place("imaps"), certificate_of("alice@campus.example"));
    CHECK(alice.ask("AUTHENTICATE EXTERNAL " + base64("bob")).ok());
    const auto lines = audited_at_edge(audit);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["name"] == "bob");
    CHECK(lines[0]["actor"].ends_with("alice"));
}

} // namespace gatehouse::integration
