// Attacks on the way into TLS: what is put behind STARTTLS, passwords before it, old versions, renegotiation.
#include "edge_own.hpp"
#include "support/mail_clients.hpp"

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include <array>

namespace gatehouse::integration
{

namespace
{
/// How a protocol begins TLS and logs in.
struct Speech {
    std::string listener; ///< STARTTLS
    std::string ready;    ///< how the last line of the greeting begins
    std::string hello;    ///< what must be said first; empty: nothing
    std::string starttls;
    std::string begun; ///< how its answer begins
    std::string login; ///< of alice, with the right password
    std::string granted;
    std::string noop;
    std::string noop_answer;
};

std::array<Speech, 4> speeches()
{
    const SamplePerson& alice = Lab::current().person("alice");
    const std::string plain = plain_message(alice.name, alice.password);
    return {{{"imap", "* OK", "", "s STARTTLS\r\n", "s OK", login_command("alice"), "a OK", "z NOOP\r\n", "z OK"},
             {"pop3", "+OK", "", "STLS\r\n", "+OK", "USER " + alice.name + "\r\nPASS " + alice.password + "\r\n", "+OK",
              "NOOP\r\n", "+OK"},
             {"submission", "220 ", "EHLO client.test\r\n", "STARTTLS\r\n", "220 ", "AUTH PLAIN " + plain + "\r\n",
              "235 ", "NOOP\r\n", "250 "},
             {"sieve", "OK", "", "STARTTLS\r\n", "OK", "AUTHENTICATE \"PLAIN\" \"" + plain + "\"\r\n", "OK", "NOOP\r\n",
              "OK"}}};
}

/// Greeted, and told what the client can do.
TlsConnection greeted(const Speech& speech)
{
    TlsConnection client(at_edge(speech.listener));
    (void)client.read_until(speech.ready);
    if (!speech.hello.empty()) {
        client.send(speech.hello);
        (void)client.read_until("250 ");
    }
    return client;
}
} // namespace

TEST_CASE("what stands behind STARTTLS in its segment is never carried out", "[edge-attacks]")
{
    for (const Speech& speech : speeches()) {
        INFO(speech.listener);
        const AuditFile audit = Lab::current().audit();
        TlsConnection client = greeted(speech);
        client.send(speech.starttls + speech.hello + speech.login);
        CHECK(client.read_until_closed().empty());
        CHECK(audit.settled().empty());
    }
}

TEST_CASE("what comes between STARTTLS and the handshake is never carried out", "[edge-attacks]")
{
    for (const Speech& speech : speeches()) {
        INFO(speech.listener);
        const AuditFile audit = Lab::current().audit();
        TlsConnection client = greeted(speech);
        client.send(speech.starttls);
        CHECK(client.read_line().starts_with(speech.begun));
        client.send(speech.hello + speech.login);
        CHECK_FALSE(client.read_until_closed().contains(speech.granted + ' '));
        CHECK(audit.settled().empty());
    }
}

TEST_CASE("what was said before TLS counts no more once it runs", "[edge-attacks]")
{
    for (const Speech& speech : speeches()) {
        INFO(speech.listener);
        const SamplePerson& alice = Lab::current().person("alice");
        const AuditFile audit = Lab::current().audit();
        TlsConnection client = greeted(speech);
        client.send(speech.starttls);
        (void)client.read_until(speech.begun);
        client.begin_tls();
        if (speech.listener == "pop3") { // the name was given before
            CHECK(client.ask("PASS " + alice.password).starts_with("-ERR"));
        } else if (speech.listener == "submission") { // EHLO was
            CHECK(client.ask(speech.login.substr(0, speech.login.size() - 2)).starts_with("503 "));
        } else if (speech.listener == "sieve") { // told again by itself (RFC 5804, section 2.2)
            CHECK(client.read_until("OK").starts_with("OK"));
        }
        client.send(speech.noop);
        CHECK(client.read_until(speech.noop_answer.substr(0, 1)).starts_with(speech.noop_answer));
        CHECK(audit.settled().empty());
    }
}

TEST_CASE("no password is taken before TLS", "[edge-attacks]")
{
    for (const Speech& speech : speeches()) {
        INFO(speech.listener);
        const AuditFile audit = Lab::current().audit();
        TlsConnection client = greeted(speech);
        client.send(speech.login);
        const std::string answer = client.read_line();
        CAPTURE(answer);
        CHECK_FALSE(answer.starts_with(speech.granted));
        CHECK(answer.contains("TLS"));
        CHECK(audit.settled().empty());
    }
}

TEST_CASE("TLS 1.2 and 1.3 are taken, nothing older", "[edge-attacks]")
{
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsConnection client(at_edge("imaps"));
        client.begin_tls({version, version});
        CHECK(client.read_line().starts_with("* OK"));
    }
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        TlsConnection client(at_edge("imaps"));
        CHECK_THROWS_WITH(client.begin_tls({version, version}), Catch::Matchers::Contains("alert protocol version"));
    }
}

TEST_CASE("nobody gets new keys by renegotiation", "[edge-attacks]")
{
    TlsConnection client(at_edge("imaps"));
    client.begin_tls({TLS1_2_VERSION, TLS1_2_VERSION});
    (void)client.read_line();
    CHECK_FALSE(client.renegotiates());

    TlsConnection logged_in(at_edge("imaps"));
    logged_in.begin_tls({TLS1_2_VERSION, TLS1_2_VERSION});
    (void)logged_in.read_line();
    logged_in.send(login_command("alice"));
    REQUIRE(logged_in.read_until("a ").starts_with("a OK"));
    CHECK_FALSE(logged_in.renegotiates());
}

} // namespace gatehouse::integration
