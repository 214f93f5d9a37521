// EXTERNAL: GNU SASL's client with a certificate, through Dovecot, which verifies it and tells authd whom it names.
#include "support/audit.hpp"
#include "support/lab.hpp"
#include "support/process.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace gatehouse::integration
{

namespace
{
/// A certificate of the lab's authority for that address; none: without a certificate.
Output gsasl(const std::string& address, const std::string& authzid = {})
{
    const Lab& lab = Lab::current();
    const Place imap = lab.place("dovecot-imap");
    std::vector<std::string> words{"gsasl",
                                   "--client",
                                   "--imap",
                                   "--connect=" + imap.host + ':' + std::to_string(imap.port),
                                   "--mechanism=EXTERNAL",
                                   "--authorization-id=" + authzid,
                                   "--x509-ca-file=" + (lab.folder() / "ca/ca.pem").string()};
    if (!address.empty()) {
        const std::string made = lab.must("dovecot", {"client", address}).out;
        const std::string file = made.substr(0, made.find('\n'));
        words.push_back("--x509-cert-file=" + file);
        words.push_back("--x509-key-file=" + file.substr(0, file.rfind('.')) + ".key");
    }
    return run(words);
}

void check_refused(const Output& output)
{
    INFO(output.text());
    CHECK_FALSE(output.ok());
}
} // namespace

TEST_CASE("a client certificate that Dovecot has verified logs in whom it names, without any password",
          "[openldap][active-directory][local]")
{
    const AuditFile audit = Lab::current().audit();
    const Output output = gsasl("alice@campus.example");
    INFO(output.text());
    CHECK(output.ok());
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["mechanism"] == "EXTERNAL");
    CHECK(lines[0]["login"] == "alice@campus.example");
    CHECK(lines[0]["name"] == "alice");
    CHECK(lines[0]["verdict"] == "granted");
}

TEST_CASE("EXTERNAL is refused without a certificate, to a disabled person, to nobody, and for somebody else",
          "[openldap][active-directory][local]")
{
    const AuditFile audit = Lab::current().audit();
    check_refused(gsasl(""));
    check_refused(gsasl("carol@campus.example"));
    check_refused(gsasl("nobody-here@campus.example"));
    check_refused(gsasl("alice@campus.example", "bob"));
    const auto lines = audit.lines(4);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0]["reason"] == "malformed-credential");
    CHECK(lines[1]["reason"] == "account-disabled");
    CHECK(lines[2]["reason"] == "unknown-person");
    CHECK(lines[3]["reason"] == "authzid-not-allowed");
    CHECK(lines[3]["name"] == "alice");
}

} // namespace gatehouse::integration
