// Clients that say too much at once, too little at once, or nothing more: each answer comes, in order, and from the
// right side.
#include "edge_own.hpp"
#include "support/in_quotes.hpp"
#include "support/mail_clients.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
TlsConnection over_tls(std::string_view listener, std::string_view ready)
{
    TlsConnection client(at_edge(listener));
    client.begin_tls();
    (void)client.read_until(ready);
    return client;
}

std::string plain_of(const SamplePerson& person)
{
    return plain_message(person.name, person.password);
}
} // namespace

TEST_CASE("commands behind a login in its segment are the store's to answer", "[edge-attacks]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    SECTION("IMAP, LOGIN")
    {
        TlsConnection client = over_tls("imaps", "* OK");
        client.send("n NOOP\r\n" + login_command("alice") + "b SELECT INBOX\r\nc LOGOUT\r\n");
        CHECK(client.read_line() == "n OK done");
        CHECK(client.read_line().starts_with("a OK [CAPABILITY "));
        CHECK(client.read_until("b ").starts_with("b OK [READ-WRITE]"));
        CHECK(client.read_until("c ").starts_with("c OK"));
        CHECK(client.read_until_closed().empty());
    }
    SECTION("IMAP, AUTHENTICATE and its response")
    {
        TlsConnection client = over_tls("imaps", "* OK");
        client.send("a AUTHENTICATE PLAIN\r\n" + plain_of(alice) + "\r\nb SELECT INBOX\r\n");
        CHECK(client.read_line().starts_with("+"));
        CHECK(client.read_line().starts_with("a OK"));
        CHECK(client.read_until("b ").starts_with("b OK [READ-WRITE]"));
    }
    SECTION("POP3")
    {
        TlsConnection client = over_tls("pop3s", "+OK");
        client.send("USER alice\r\nPASS " + alice.password + "\r\nNOOP\r\nSTAT\r\nQUIT\r\n");
        for (int i = 0; i < 3; ++i)
            CHECK(client.read_line().starts_with("+OK"));
        const std::string stat = client.read_line();
        unsigned messages = 0;
        CHECK(std::sscanf(stat.c_str(), "+OK %u", &messages) == 1);
        CHECK(client.read_line().starts_with("+OK"));
        CHECK(client.read_until_closed().empty());
    }
    SECTION("submission")
    {
        TlsConnection client = over_tls("submissions", "220 ");
        client.send("EHLO client.test\r\nAUTH PLAIN " + plain_of(alice) +
                    "\r\nMAIL FROM:<alice@campus.example>\r\nRCPT TO:<bob@campus.example>\r\nRSET\r\nQUIT\r\n");
        CHECK(client.read_until("250 ").starts_with("250 "));
        CHECK(client.read_line().starts_with("235 "));
        CHECK(client.read_line().starts_with("250 2.1.0"));
        CHECK(client.read_line().starts_with("250 2.1.5"));
        CHECK(client.read_line().starts_with("250 2.0.0"));
        CHECK(client.read_line().starts_with("221 "));
        CHECK(client.read_until_closed().empty());
    }
    SECTION("ManageSieve")
    {
        TlsConnection client(at_edge("sieve"));
        (void)client.read_until("OK");
        client.send("STARTTLS\r\n");
        (void)client.read_until("OK");
        client.begin_tls();
        (void)client.read_until("OK");
        client.send("AUTHENTICATE \"PLAIN\" \"" + plain_of(alice) + "\"\r\nHAVESPACE \"x\" 10\r\nLOGOUT\r\n");
        for (int i = 0; i < 3; ++i)
            CHECK(client.read_line().starts_with("OK"));
        CHECK(client.read_until_closed().empty());
    }
}

TEST_CASE("commands behind a login that is refused are the edge's to answer", "[edge-attacks]")
{
    TlsConnection client = over_tls("imaps", "* OK");
    client.send("a LOGIN nobody-here wrong\r\nb SELECT INBOX\r\nc AUTHENTICATE PLAIN\r\n*\r\nd LOGOUT\r\n");
    CHECK(client.read_line().starts_with("a NO [AUTHENTICATIONFAILED]"));
    CHECK(client.read_line().starts_with("b BAD"));
    CHECK(client.read_line().starts_with("+"));
    CHECK(client.read_line().starts_with("c BAD"));
    CHECK(client.read_line().starts_with("* BYE"));
    CHECK(client.read_line().starts_with("d OK"));
    CHECK(client.read_until_closed().empty());
}

TEST_CASE("a login with literals may be cut anywhere", "[edge-attacks]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    const std::string text =
        "a LOGIN {5+}\r\nalice {" + std::to_string(alice.password.size()) + "}\r\n" + alice.password + "\r\nb NOOP\r\n";
    for (std::size_t at = 1; at < text.size(); ++at) {
        CAPTURE(at);
        TlsConnection client = over_tls("imaps", "* OK");
        client.send(text.substr(0, at));
        client.send(text.substr(at));
        CHECK(client.read_line().starts_with("+ "));
        CHECK(client.read_line().starts_with("a OK"));
        CHECK(client.read_until("b ").starts_with("b OK"));
    }
}

TEST_CASE("one byte a record is enough, through the login and behind it", "[edge-attacks]")
{
    const std::string message = "Subject: bytewise\r\n\r\n" + std::string(200, 'x') + "\r\n";
    TlsConnection client = over_tls("imaps", "* OK");
    client.send_bytewise(login_command("alice"));
    CHECK(client.read_until("a ").starts_with("a OK"));
    client.send_bytewise("b APPEND INBOX {" + std::to_string(message.size()) + "+}\r\n" + message + "\r\n");
    CHECK(client.read_until("b ").starts_with("b OK"));
    client.send_bytewise("c SELECT INBOX\r\nd FETCH * RFC822.SIZE\r\n");
    CHECK(client.read_until("c ").starts_with("c OK"));
    CHECK(client.read_line().ends_with("(RFC822.SIZE " + std::to_string(message.size()) + ")"));
    CHECK(client.read_line().starts_with("d OK"));
}

TEST_CASE("a client that has ended its side is still answered", "[edge-attacks]")
{
    SECTION("before its login")
    {
        TlsConnection client = over_tls("imaps", "* OK");
        client.send("a NOOP\r\nb LOGOUT\r\n");
        client.finish_sending();
        CHECK(client.read_until_closed() == "a OK done\r\n* BYE logging out\r\nb OK done\r\n");
    }
    SECTION("before its login, without LOGOUT")
    {
        TlsConnection client = over_tls("imaps", "* OK");
        client.send("a NOOP\r\nb CAPABILITY\r\n");
        client.finish_sending();
        CHECK(client.read_until_closed().ends_with("\r\nb OK done\r\n"));
    }
    SECTION("in clear text")
    {
        TlsConnection client(at_edge("submission"));
        (void)client.read_until("220 ");
        client.send("EHLO client.test\r\nQUIT\r\n");
        client.finish_sending();
        CHECK(client.read_until_closed().contains("\r\n221 "));
    }
    SECTION("with its login")
    {
        TlsConnection client = over_tls("imaps", "* OK");
        client.send(login_command("alice") + "b SELECT INBOX\r\nc LOGOUT\r\n");
        client.finish_sending();
        const std::string answers = client.read_until_closed();
        CAPTURE(answers);
        CHECK(answers.starts_with("a OK"));
        CHECK(answers.contains("\r\nb OK [READ-WRITE]"));
        CHECK(answers.contains("\r\nc OK"));
    }
    SECTION("after its login")
    {
        TlsConnection client = imap_session(at_edge("imaps"), "alice");
        client.send("b SELECT INBOX\r\nc NOOP\r\nd LOGOUT\r\n");
        client.finish_sending();
        CHECK(client.read_until_closed().contains("\r\nd OK"));
    }
}

TEST_CASE("a store that has ended its side has said its last words", "[edge-attacks]")
{
    TlsConnection client = imap_session(at_edge("imaps"), "alice");
    client.send("b LOGOUT\r\nc NOOP\r\n" + std::string(100'000, 'x')); // what comes behind resets nothing
    const std::string answers = client.read_until_closed();
    CAPTURE(answers);
    CHECK(answers.starts_with("* BYE"));
    CHECK(answers.contains("\r\nb OK"));
}

} // namespace gatehouse::integration
