// SCRAM by GNU SASL's client: through Dovecot, whose auth service is authd, and at the native door.
#include "support/audit.hpp"
#include "support/lab.hpp"
#include "support/process.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace gatehouse::integration
{

namespace
{
/// IMAP with STARTTLS. Ends by itself after the login.
Output gsasl(const std::string& mechanism, const std::string& login, const std::string& password)
{
    const Lab& lab = Lab::current();
    const Place imap = lab.place("dovecot-imap");
    // --no-cb: over TLS it takes a mechanism without channel binding only when it is told so.
    return run({"gsasl", "--client", "--imap", "--no-cb", "--connect=" + imap.host + ':' + std::to_string(imap.port),
                "--mechanism=" + mechanism, "--authentication-id=" + login, "--password=" + password,
                "--x509-ca-file=" + (lab.folder() / "ca/ca.pem").string()});
}

void require_refused(const Output& output)
{
    INFO(output.text());
    CHECK_FALSE(output.ok());
}
} // namespace

TEST_CASE("GNU SASL logs in to Dovecot by SCRAM, by every form of the name", "[local]")
{
    const std::string& password = Lab::current().person("alice").password;
    for (const std::string mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-1"})
        for (const std::string login : {"alice", "ALICE", "alice@campus.example", "CAMPUS\\alice"}) {
            const AuditFile audit = Lab::current().audit();
            const Output output = gsasl(mechanism, login, password);
            INFO(output.text());
            CHECK(output.ok());
            const auto lines = audit.lines();
            REQUIRE(lines.size() == 1);
            CHECK(lines[0]["mechanism"] == mechanism);
            CHECK(lines[0]["login"] == login);
            CHECK(lines[0]["name"] == "alice");
            CHECK(lines[0]["verdict"] == "granted");
            CHECK(lines[0]["source"] == "verifier");
        }
}

TEST_CASE("by SCRAM a wrong password and nobody are refused alike, and the audit line says which", "[local]")
{
    const AuditFile audit = Lab::current().audit();
    const Output wrong = gsasl("SCRAM-SHA-256", "alice", "Wrong-Passw0rd");
    const Output nobody = gsasl("SCRAM-SHA-256", "nobody-here", "Wrong-Passw0rd");
    require_refused(wrong);
    require_refused(nobody);
    CHECK(wrong.status == nobody.status);
    const auto lines = audit.lines(2);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["reason"] == "wrong-password");
    CHECK(lines[0]["name"] == "alice");
    CHECK(lines[1]["reason"] == "unknown-person");
    CHECK(lines[1]["login"] == "nobody-here");
}

TEST_CASE("by SCRAM a disabled person with the right password is refused, and so is one whose password has no verifier",
          "[local]")
{
    const AuditFile audit = Lab::current().audit();
    require_refused(gsasl("SCRAM-SHA-256", "carol", Lab::current().person("carol").password));
    require_refused(gsasl("SCRAM-SHA-256", "ulla", Lab::current().person("ulla").password));
    const auto lines = audit.lines(2);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["reason"] == "account-disabled");
    CHECK(lines[1]["reason"] == "wrong-password");
    CHECK(lines[1]["detail"].find("keeps no verifier") != std::string::npos);
}

} // namespace gatehouse::integration
