// What a client says to Postfix through the edge: one message stays one message, and a person stays who they are.
#include "edge_own.hpp"
#include "support/eventually.hpp"
#include "support/mail_clients.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
TlsConnection logged_in_as_alice()
{
    const SamplePerson& alice = Lab::current().person("alice");
    TlsConnection client(at_edge("submissions"));
    client.begin_tls();
    (void)client.read_until("220 ");
    client.send("EHLO client.test\r\n");
    (void)client.read_until("250 ");
    const std::string answer = client.ask("AUTH PLAIN " + plain_message(alice.name, alice.password));
    CAPTURE(answer);
    REQUIRE(answer.starts_with("235 "));
    return client;
}

/// A word that no other message holds.
std::string unique(const std::string& word)
{
    return word + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
}

/// How many messages with this subject are in bob's inbox.
std::size_t arrived(const std::string& subject)
{
    TlsConnection client = imap_session(at_edge("imaps"), "bob");
    client.send("b SELECT INBOX\r\nc SEARCH SUBJECT " + subject + "\r\n");
    std::string line = client.read_until("* SEARCH");
    return static_cast<std::size_t>(std::ranges::count(line, ' ') - 1);
}

std::string written(std::string_view bytes)
{
    std::string text;
    for (const char c : bytes)
        text += c == '\r' ? "<CR>" : c == '\n' ? "<LF>" : c == '\0' ? "<NUL>" : std::string(1, c);
    return text;
}
} // namespace

TEST_CASE("one message stays one, whatever stands for its end", "[edge-attacks]")
{
    const std::string end =
        GENERATE(std::string("\n.\n"), std::string("\n.\r\n"), std::string("\r\n.\n"), std::string("\r.\r"),
                 std::string("\r.\r\n"), std::string("\r\n.\r"), std::string("\r\n.\r\r\n"),
                 std::string("\r\n\0.\r\n", 6), std::string("\r\n.\0\r\n", 6));
    CAPTURE(written(end));
    const std::string first = unique("first");
    const std::string smuggled = unique("smuggled");
    const std::string envelope = "MAIL FROM:<alice@campus.example>\r\nRCPT TO:<bob@campus.example>\r\nDATA\r\n";
    TlsConnection client = logged_in_as_alice();
    client.send(envelope);
    (void)client.read_until("354 ");
    client.send("Subject: " + first + "\r\n\r\none" + end + envelope + "Subject: " + smuggled +
                "\r\n\r\ntwo\r\n.\r\nQUIT\r\n");
    const std::string answers = client.read_until_closed();
    CAPTURE(answers);
    const std::size_t queued = answers.find(": queued as ");
    CHECK((queued == std::string::npos || answers.find(": queued as ", queued + 1) == std::string::npos));
    if (queued != std::string::npos && !end.contains('\0')) // Cyrus takes no NUL
        CHECK(eventually(20s, [&] { return arrived(first) == 1; }));
    CHECK(arrived(smuggled) == 0);
}

TEST_CASE("a client cannot become somebody else by XCLIENT", "[edge-attacks]")
{
    TlsConnection client = logged_in_as_alice(); // from an address that Postfix takes XCLIENT from
    client.send("EHLO client.test\r\n");
    std::string offered;
    for (std::string line = client.read_line();; line = client.read_line()) {
        offered += line + '\n';
        if (line.starts_with("250 "))
            break;
    }
    CHECK_FALSE(offered.contains("XCLIENT"));
    CHECK(client.ask("XCLIENT LOGIN=bob").starts_with("550 "));
    CHECK(client.ask("XCLIENT ADDR=127.0.0.1 LOGIN=bob").starts_with("550 "));
    CHECK(client.ask("MAIL FROM:<alice@campus.example>").starts_with("250 "));
    CHECK(client.ask("RCPT TO:<bob@campus.example>").starts_with("250 "));
    CHECK(client.ask("DATA").starts_with("354 "));
    const std::string queued = client.ask("Subject: mine\r\n\r\nx\r\n.");
    REQUIRE(queued.contains("queued as "));
    const std::string id = queued.substr(queued.rfind(' ') + 1);
    const std::filesystem::path log = Lab::current().folder() / "log/postfix-mail.log";
    CHECK(eventually(5s, [&] {
        const std::string text = read_file(log);
        const std::size_t at = text.find(id + ": client=");
        return at != std::string::npos && text.substr(at, text.find('\n', at) - at).ends_with("sasl_username=alice");
    }));
}

} // namespace gatehouse::integration
