// Clients that take more than their share: of commands, connections, bytes, attempts, time. And PROXY protocol headers.
#include "edge_own.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <thread>
#include <vector>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// Sends what the server may have stopped to read.
void send_as_far_as_it_goes(TlsConnection& client, std::string_view bytes)
{
    try {
        client.send(bytes);
    } catch (const ConnectionLost&) { // it has closed meanwhile
    }
}

std::string repeated(std::string_view text, std::size_t count)
{
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

TlsConnection imaps(const Place& place, const std::string& from = "127.0.0.1")
{
    TlsConnection client(place, from);
    client.begin_tls();
    (void)client.read_until("* OK");
    return client;
}

/// The client's address as authd heard it, after a login of a person that nobody knows.
std::string address_heard(TlsConnection& client)
{
    const AuditFile audit = Lab::current().audit();
    client.send("s STARTTLS\r\n");
    (void)client.read_until("s OK");
    client.begin_tls();
    client.send("a LOGIN nobody-here wrong\r\n");
    CHECK(client.read_until("a ").starts_with("a NO"));
    const std::vector<AuditLine> lines = audit.lines(1);
    REQUIRE(lines.size() == 1);
    return lines.front()["client"];
}

/// 127.0.0.1 speaks for 192.0.2.7, in version 2.
std::string binary_header()
{
    return std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\7\xc0\0\2\1\x12\x67\0\x8f", 28);
}
} // namespace

TEST_CASE("ten thousand commands before a login end the connection", "[edge-attacks]")
{
    TlsConnection client = imaps(at_edge("imaps"));
    send_as_far_as_it_goes(client, repeated("n NOOP\r\n", 10'000));
    const std::string answers = client.read_until_closed();
    CHECK(std::ranges::count(answers, '\n') == 101);
    CHECK(answers.ends_with("n OK done\r\n* BYE too many connections or attempts\r\n"));
}

TEST_CASE("a line without end ends the connection", "[edge-attacks]")
{
    const auto [listener, ready] =
        GENERATE(table<std::string, std::string>({{"imaps", "* OK"}, {"pop3s", "+OK"}, {"submissions", "220 "}}));
    OwnEdge edge([](std::string&) {});
    const std::size_t before = edge.memory();
    TlsConnection client(edge.place(listener));
    client.begin_tls();
    (void)client.read_until(ready);
    const std::string piece(1024 * 1024, 'x');
    for (int i = 0; i < 32; ++i)
        send_as_far_as_it_goes(client, piece);
    (void)client.read_until_closed();
    std::cout << listener << ", 32 MiB in one line: from " << before << " to " << edge.memory() << " KiB\n";
    CHECK(edge.memory() < before + allowed_kib(8 * 1024));
}

TEST_CASE("one address has its share of the connections and no more", "[edge-attacks]")
{
    OwnEdge edge([](std::string& yaml) { yaml += "limits: {per_address: 5}\n"; });
    std::vector<TlsConnection> crowd;
    for (int i = 0; i < 5; ++i)
        crowd.push_back(imaps(edge.place("imaps"), "127.0.0.9"));
    TlsConnection turned_away(edge.place("imap"), "127.0.0.9");
    CHECK(turned_away.read_until_closed() == "* BYE too many connections or attempts\r\n");
    CHECK(imaps(edge.place("imaps"), "127.0.0.10").ask("a NOOP") == "a OK done");
    crowd.pop_back();
    CHECK(
        eventually(5s, [&] { return TlsConnection(edge.place("imap"), "127.0.0.9").read_line().starts_with("* OK"); }));
}

TEST_CASE("who guesses too often is sent away", "[edge-attacks]")
{
    TlsConnection client = imaps(at_edge("imaps"));
    client.send(repeated("a LOGIN nobody-here wrong\r\n", 9));
    const std::string answers = client.read_until_closed();
    CAPTURE(answers);
    CHECK(std::ranges::count(answers, '\n') == 6);
    CHECK(answers.ends_with("* BYE too many connections or attempts\r\n"));
}

TEST_CASE("who does not log in in time is sent away", "[edge-attacks]")
{
    OwnEdge edge([](std::string& yaml) { yaml += "limits: {login: 1s}\n"; });
    SECTION("in clear text")
    {
        TlsConnection client(edge.place("imap"));
        const auto took =
            time_of([&] { CHECK(client.read_until_closed().ends_with("* BYE you are idle for too long\r\n")); });
        CHECK(took < 5s);
    }
    SECTION("under TLS, busily")
    {
        TlsConnection client = imaps(edge.place("imaps"));
        std::string last;
        const auto took = time_of([&] {
            try {
                for (int i = 0; i < 90; ++i) {
                    last = client.ask("n NOOP");
                    std::this_thread::sleep_for(50ms);
                }
            } catch (const ConnectionLost&) {
            }
        });
        CHECK(last == "* BYE you are idle for too long");
        CHECK(took < 4s);
    }
    SECTION("in the middle of the handshake")
    {
        TlsConnection client(edge.place("imaps"));
        client.send("\x16\x03\x01");
        CHECK(time_of([&] { (void)client.read_until_closed(); }) < 5s);
    }
    SECTION("without the PROXY protocol header")
    {
        TlsConnection client(edge.place("imap-balanced"));
        client.send("PROXY ");
        CHECK(time_of([&] { (void)client.read_until_closed(); }) < 5s);
    }
}

TEST_CASE("a client that does not read holds no memory of the edge", "[edge-attacks]")
{
    OwnEdge edge([](std::string&) {});
    constexpr std::size_t size = 5 * 1024 * 1024;
    const std::string message = "Subject: large\r\n\r\n" + repeated(std::string(78, 'x') + "\r\n", size / 80);
    TlsConnection client = imap_session(edge.place("imaps"), "alice");
    client.send("c APPEND INBOX {" + std::to_string(message.size()) + "+}\r\n" + message + "\r\n");
    REQUIRE_THAT(client.read_until("c "), Catch::Matchers::StartsWith("c OK"));
    const std::size_t before = edge.memory();
    client.send("d SELECT INBOX\r\n" + repeated("e FETCH * BODY.PEEK[]\r\n", 10) + "f NOOP\r\n");
    std::size_t most = before;
    for (int i = 0; i < 30; ++i) {
        std::this_thread::sleep_for(100ms);
        most = std::max(most, edge.memory());
    }
    std::cout << "50 MiB for a client that does not read: from " << before << " to " << most << " KiB\n";
    CHECK(most < before + 2 * 1024);
    std::size_t lines = 0; // and yet all of it comes
    for (std::string line = client.read_line(); !line.starts_with("f "); line = client.read_line())
        lines += line == std::string(78, 'x') ? 1 : 0;
    CHECK(lines == 10 * (size / 80));
    client.send("g STORE * +FLAGS.SILENT (\\Deleted)\r\nh EXPUNGE\r\n");
    CHECK(client.read_until("h ").starts_with("h OK"));
}

TEST_CASE("a balancer's PROXY protocol header is believed", "[edge-attacks]")
{
    const std::string header = GENERATE(std::string("PROXY TCP4 192.0.2.7 192.0.2.1 4711 143\r\n"), binary_header());
    TlsConnection client(at_edge("imap-balanced"));
    const bool bytewise = GENERATE(false, true);
    bytewise ? client.send_bytewise(header) : client.send(header);
    CHECK(client.read_line().starts_with("* OK"));
    CHECK(address_heard(client) == "192.0.2.7");
}

TEST_CASE("a balancer that sends no PROXY protocol header, or a bad one, is not served", "[edge-attacks]")
{
    const std::string said =
        GENERATE(std::string("a CAPABILITY\r\nb NOOP\r\n"), std::string("PROXY TCP4 192.0.2.7 4711 143\r\n"),
                 std::string("PROXY TCP4 192.0.2.777 192.0.2.1 4711 143\r\n"), "PROXY TCP4 " + std::string(200, '1'),
                 std::string("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c", 16),
                 std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 random", 18));
    CAPTURE(said);
    TlsConnection client(at_edge("imap-balanced"));
    client.send(said);
    CHECK(client.read_until_closed().empty());
}

TEST_CASE("nobody else's PROXY protocol header is believed", "[edge-attacks]")
{
    OwnEdge edge([](std::string& yaml) {
        const std::string all = "[127.0.0.0/8]";
        yaml.replace(yaml.find(all), all.size(), "[127.0.0.99]");
    });
    const std::string listener = GENERATE("imap", "imap-balanced");
    TlsConnection client(edge.place(listener));
    CHECK(client.read_line().starts_with("* OK"));
    client.send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 143\r\n");
    CHECK(client.read_line().starts_with("PROXY BAD"));
    CHECK(address_heard(client) == "127.0.0.1");
}

} // namespace gatehouse::integration
