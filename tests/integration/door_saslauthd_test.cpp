// The saslauthd door, spoken directly.
#include "support/clients.hpp"
#include "support/lab.hpp"
#include "wire/saslauthd.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
std::string counted(std::string_view text)
{
    const auto size = static_cast<std::uint16_t>(text.size());
    return std::string{static_cast<char>(size >> 8), static_cast<char>(size & 0xff)}.append(text);
}

std::string request_of_alice()
{
    return counted("alice") + counted(Lab::current().person("alice").password) + counted("imap") + counted("");
}

void check_serves(const Place& door)
{
    const Reply reply = saslauthd_login(door, "imap", "alice", Lab::current().person("alice").password);
    INFO(reply.words);
    CHECK(reply.told == Told::granted);
}
} // namespace

TEST_CASE("saslauthd door: a request of four fields is answered, and so is one of five", "[openldap][local]")
{
    const Place door = Lab::current().door("cyrus");
    const AuditFile audit = Lab::current().audit();
    for (const std::string& request : {request_of_alice(), request_of_alice() + counted("192.0.2.7;4711")}) {
        Connection connection(door);
        connection.send(request);
        CHECK(connection.read_until_closed() == std::string("\0\2OK", 4));
    }
    REQUIRE(audit.lines(2).size() == 2);
    for (const AuditLine& line : audit.lines(2))
        CHECK(line["client"].empty()); // the listener may not assert addresses
}

TEST_CASE("saslauthd door: a slow client that sends byte by byte is served", "[openldap][local]")
{
    Connection connection(Lab::current().door("cyrus"));
    connection.send_slowly(request_of_alice(), 10ms);
    CHECK(connection.read_until_closed() == std::string("\0\2OK", 4));
}

TEST_CASE("saslauthd door: a NUL inside a name or a password is refused", "[openldap][active-directory][local]")
{
    const Place door = Lab::current().door("cyrus");
    const std::string password = Lab::current().person("alice").password;
    AuditFile audit = Lab::current().audit();

    CHECK(saslauthd_login(door, "imap", std::string("alice\0bob", 9), password).told == Told::denied);
    REQUIRE(audit.lines().size() == 1);
    CHECK(audit.lines()[0]["reason"] == "malformed-name");

    audit.mark();
    CHECK(saslauthd_login(door, "imap", "alice", password + std::string("\0x", 2)).told == Told::denied);
    REQUIRE(audit.lines().size() == 1);
    CHECK(audit.lines()[0]["reason"] == "malformed-credential");
    CHECK(audit.lines()[0]["server"].empty());
}

TEST_CASE("saslauthd door: a name that is too long, empty or not UTF-8 is refused and asks no directory",
          "[openldap][local]")
{
    const Place door = Lab::current().door("cyrus");
    for (const std::string& name : {std::string(65'535, 'a'), std::string(1'025, 'a'), std::string(),
                                    std::string("\xff\xfe"), std::string("al\tice"), std::string("\xed\xa0\x80")}) {
        const AuditFile audit = Lab::current().audit();
        CHECK(saslauthd_login(door, "imap", name, "Some-Passw0rd").told == Told::denied);
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["reason"] == "malformed-name");
        CHECK(lines[0]["server"].empty());
    }
}

TEST_CASE("saslauthd door: a request that is cut off is not answered, not audited, and hurts nobody",
          "[openldap][local]")
{
    const Place door = Lab::current().door("cyrus");
    const std::string request = request_of_alice();
    const AuditFile audit = Lab::current().audit();
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{6}, request.size() - 1}) {
        Connection connection(door);
        connection.send(request.substr(0, cut));
        connection.finish_sending();
        CHECK(connection.read_until_closed().empty());
    }
    { // gone without a word
        Connection connection(door);
        connection.send(request.substr(0, 9));
    }
    CHECK(audit.settled().empty());
    check_serves(door);
}

TEST_CASE("saslauthd door: garbage is refused or dropped, and hurts nobody", "[openldap][local]")
{
    const Place door = Lab::current().door("cyrus");
    std::uint32_t state = 1;
    for (int round = 0; round < 50; ++round) {
        std::string garbage;
        for (int i = 0; i < 4'000; ++i) {
            state = state * 1'664'525 + 1'013'904'223;
            garbage += static_cast<char>(state >> 24);
        }
        try {
            Connection connection(door);
            connection.send(garbage);
            connection.finish_sending();
            CHECK_FALSE(connection.read_until_closed().starts_with(std::string("\0\2OK", 4)));
        } catch (const ConnectionLost&) { // dropped while we were still sending
        }
    }
    check_serves(door);
}

TEST_CASE("saslauthd door: a realm completes the name; an unknown one is refused",
          "[openldap][active-directory][local]")
{
    const Place door = Lab::current().door("cyrus");
    const std::string password = Lab::current().person("alice").password;
    const AuditFile audit = Lab::current().audit();
    CHECK(saslauthd_login(door, "imap", "alice", password, "campus.example").told == Told::granted);
    CHECK(saslauthd_login(door, "imap", "alice.liddell", password, "CAMPUS.example").told == Told::granted);
    CHECK(saslauthd_login(door, "imap", "alice", password, "elsewhere.example").told == Told::denied);
    const auto lines = audit.lines(3);
    REQUIRE(lines.size() == 3);
    CHECK(lines[1]["login"] == "alice.liddell@CAMPUS.example");
    CHECK(lines[2]["reason"] == "unknown-realm");
}

} // namespace gatehouse::integration
