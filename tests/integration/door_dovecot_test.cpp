// The Dovecot door, spoken directly: Dovecot's authentication client protocol 1.2.
#include "support/clients.hpp"
#include "support/dovecot_client.hpp"
#include "support/lab.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
Place door()
{
    return Lab::current().socket("dovecot/run/auth-client");
}

const SamplePerson& alice()
{
    return Lab::current().person("alice");
}
} // namespace

TEST_CASE("Dovecot door: the greeting offers PLAIN and LOGIN, and each connection has a cookie of its own",
          "[openldap][active-directory][local]")
{
    std::set<std::string> cookies;
    for (int i = 0; i < 5; ++i) {
        const DovecotClient client(door());
        CHECK(client.mechanisms() == std::vector<std::string>{"PLAIN", "LOGIN"});
        CHECK(client.cookie().size() == 32);
        CHECK(client.cookie().find_first_not_of("0123456789abcdef") == std::string::npos);
        cookies.insert(client.cookie());
    }
    CHECK(cookies.size() == 5);
}

TEST_CASE("Dovecot door: 200 logins at once on one connection, each answered under its own id",
          "[openldap][active-directory][local]")
{
    constexpr std::uint32_t count = 200;
    DovecotClient client(door());
    for (std::uint32_t i = 0; i < count; ++i) // ids out of order, so that no answer fits by chance
        client.begin((i * 37) % count + 1000, alice().name, i % 4 == 3 ? "Wrong-Passw0rd" : alice().password);

    std::map<std::uint32_t, bool> answers;
    for (std::uint32_t i = 0; i < count; ++i) {
        const wire::DovecotOutcome outcome = client.outcome();
        CHECK(answers.emplace(outcome.id, outcome.ok).second);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        INFO("login " << i);
        REQUIRE(answers.contains((i * 37) % count + 1000));
        CHECK(answers[(i * 37) % count + 1000] == (i % 4 != 3));
    }
}

TEST_CASE("Dovecot door: PLAIN without an initial response, and LOGIN, are asked step by step", "[openldap][local]")
{
    DovecotClient client(door());
    client.begin({.id = 1});
    CHECK(client.challenge().challenge.empty());
    client.proceed(1, plain_bytes(alice().name, alice().password));
    CHECK(client.outcome().ok);

    client.begin({.id = 2, .mechanism = "LOGIN"});
    client.begin({.id = 3, .mechanism = "LOGIN"});
    CHECK(client.challenge().id == 2);
    CHECK(client.challenge().id == 3);
    client.proceed(3, alice().name);
    client.proceed(2, alice().name);
    CHECK(client.challenge().id == 3);
    CHECK(client.challenge().id == 2);
    client.proceed(2, "Wrong-Passw0rd");
    client.proceed(3, alice().password);
    const auto first = client.outcome();
    const auto second = client.outcome();
    CHECK(first.id + second.id == 5);
    CHECK((first.id == 3 ? first : second).ok);
    CHECK_FALSE((first.id == 2 ? first : second).ok);
}

TEST_CASE("Dovecot door: a response that is not base64 fails only its own id", "[openldap][local]")
{
    DovecotClient client(door());
    const AuditFile audit = Lab::current().audit();
    client.begin({.id = 1});
    client.challenge();
    client.send("AUTH\t2\tPLAIN\tservice=imap\tresp=%%%%\nCONT\t1\t????\n");
    client.begin(3, alice().name, alice().password);

    std::map<std::uint32_t, bool> answers;
    for (int i = 0; i < 3; ++i) {
        const auto outcome = client.outcome();
        answers[outcome.id] = outcome.ok;
    }
    CHECK(answers == std::map<std::uint32_t, bool>{{1, false}, {2, false}, {3, true}});
    CHECK(std::ranges::count_if(audit.lines(3),
                                [](const auto& line) { return line["reason"] == "malformed-credential"; }) == 2);
}

TEST_CASE("Dovecot door: a NUL inside a name or password is refused", "[openldap][active-directory][local]")
{
    DovecotClient client(door());
    const AuditFile audit = Lab::current().audit();
    client.begin(1, alice().name, alice().password + std::string("\0x", 2));
    CHECK_FALSE(client.outcome().ok);

    // In LOGIN a name is a message of its own, so that it can hold one.
    client.begin({.id = 2, .mechanism = "LOGIN"});
    client.challenge();
    client.proceed(2, std::string("ali\0ce", 6));
    const auto next = client.read();
    if (std::holds_alternative<wire::DovecotChallenge>(next)) {
        client.proceed(2, alice().password);
        CHECK_FALSE(client.outcome().ok);
    } else {
        CHECK_FALSE(std::get<wire::DovecotOutcome>(next).ok);
    }
    for (const AuditLine& line : audit.lines(2)) {
        CHECK(line["verdict"] == "denied");
        CHECK(line["server"].empty());
    }
    CHECK(audit.lines(2).size() == 2);
}

TEST_CASE("Dovecot door: a mechanism that is not offered fails its id, and the connection goes on", "[openldap][local]")
{
    DovecotClient client(door());
    const AuditFile audit = Lab::current().audit();
    client.begin({.id = 1, .mechanism = "GSSAPI"});
    CHECK_FALSE(client.outcome().ok);
    REQUIRE(audit.lines().size() == 1);
    CHECK(audit.lines()[0]["reason"] == "unknown-mechanism");
    client.begin(2, alice().name, alice().password);
    CHECK(client.outcome().ok);
}

TEST_CASE("Dovecot door: acting for somebody else is refused, acting for oneself is not", "[openldap][local]")
{
    DovecotClient client(door());
    wire::DovecotAuthBegin other{.id = 1};
    other.response = secret("bob" + plain_bytes(alice().name, alice().password));
    client.begin(std::move(other));
    CHECK_FALSE(client.outcome().ok);
    wire::DovecotAuthBegin oneself{.id = 2};
    oneself.response = secret("alice" + plain_bytes(alice().name, alice().password));
    client.begin(std::move(oneself));
    CHECK(client.outcome().ok);
}

TEST_CASE("Dovecot door: a login that is cancelled is forgotten, and its id may be used again", "[openldap][local]")
{
    DovecotClient client(door());
    client.begin({.id = 1});
    client.challenge();
    client.send(wire::encode_dovecot_cancel(1));
    client.begin(1, alice().name, alice().password);
    const auto outcome = client.outcome();
    CHECK(outcome.id == 1);
    CHECK(outcome.ok);
}

TEST_CASE("Dovecot door: an id that is under way cannot be begun again, and the connection ends", "[openldap][local]")
{
    DovecotClient client(door());
    client.begin({.id = 1});
    client.challenge();
    client.begin({.id = 1});
    CHECK(client.connection().closes_within(5s));
}

TEST_CASE("Dovecot door: garbage ends the connection, another major version does, and others are served",
          "[openldap][local]")
{
    for (const std::string words :
         {"GET / HTTP/1.1\r\n\r\n", "VERSION\t2\t0\nCPID\t1\n", "VERSION\t1\t2\nCPID\tx\n",
          "AUTH\t1\tPLAIN\tservice=imap\n", "VERSION\t1\t2\nCPID\t1\nAUTH\tnumber\tPLAIN\tservice=imap\n", "\n\n\n",
          "VERSION\t1\t2\nCPID\t1\nNONSENSE\t1\n"}) {
        INFO(words);
        Connection connection(door());
        connection.send(words);
        CHECK(connection.closes_within(5s));
    }
    Connection endless(door());
    try {
        endless.send("VERSION\t1\t2\nCPID\t1\nAUTH\t1\tPLAIN\tservice=imap\tresp=" + std::string(300'000, 'A'));
    } catch (const ConnectionLost&) { // it need not read to the end
    }
    CHECK(endless.closes_within(5s));

    CHECK(dovecot_login(door(), "imap", alice().name, alice().password).told == Told::granted);
}

TEST_CASE("Dovecot door: a client that sends byte by byte is served", "[openldap][local]")
{
    Connection connection(door());
    wire::DovecotAuthBegin begin{.id = 7, .mechanism = "PLAIN", .service = "imap"};
    begin.response = secret(plain_bytes(alice().name, alice().password));
    const auto line = wire::encode_dovecot_auth(begin);
    connection.send_slowly(wire::dovecot_client_handshake(1), 5ms);
    connection.send_slowly(line.value().view(), 5ms);
    std::string answer;
    while (!answer.starts_with("OK") && !answer.starts_with("FAIL"))
        answer = connection.read_line();
    CHECK(answer.starts_with("OK\t7\tuser=alice"));
}

TEST_CASE("Dovecot door: the client's address is audited where the listener may tell it", "[openldap][local]")
{
    const AuditFile audit = Lab::current().audit();
    CHECK(dovecot_login(door(), "imap", alice().name, alice().password).told == Told::granted);
    REQUIRE(audit.lines().size() == 1);
    CHECK(audit.lines()[0]["client"] == "192.0.2.7");
}

} // namespace gatehouse::integration
