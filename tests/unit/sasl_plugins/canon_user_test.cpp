#include "campus.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace gatehouse::test;

// EXTERNAL stands for the mechanisms that prove people: libsasl2 asks about their names in the same way, and it needs
// no KDC. tests/integration has GSSAPI.
namespace
{
const SaslHost::Options external_proves{{"gatehouse_mechanisms", "GSSAPI EXTERNAL"}};
}

TEST_CASE("a name that a mechanism proved is admitted once, and the mailbox name comes back", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.with(external_proves));
    REQUIRE(host.external("Alice@CAMPUS.EXAMPLE") == SASL_OK);
    REQUIRE(host.user() == "alice");
    REQUIRE(campus.asked() == Asked{"admit imap EXTERNAL Alice@CAMPUS.EXAMPLE 192.0.2.1"});
}

TEST_CASE("refusals have codes by what the person may know, and none is an outage's", "[unit]")
{
    const Campus campus;
    const auto code_for = [&](const std::string& name) {
        SaslHost host(campus.with(external_proves));
        const int code = host.external(name);
        REQUIRE(host.user().empty());
        return code;
    };
    REQUIRE(code_for("carol") == SASL_DISABLED);
    REQUIRE(code_for("harry") == SASL_EXPIRED);
    REQUIRE(code_for("mallory") == SASL_NOAUTHZ);
    REQUIRE(code_for("away") == SASL_UNAVAIL);
}

TEST_CASE("a proved name with a backslash would read as DOMAIN\\user, and is refused", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.with(external_proves));
    REQUIRE(host.external("CAMPUS\\alice") == SASL_NOAUTHZ);
    REQUIRE(campus.asked().empty());
}

TEST_CASE("without authd a proved name is a temporary failure, and the log says which socket", "[unit]")
{
    SaslHost host({{"gatehouse_socket", "/nowhere/native"}, {"gatehouse_mechanisms", "EXTERNAL"}});
    REQUIRE(host.external("alice") == SASL_UNAVAIL);
    REQUIRE(host.log.find("/nowhere/native") != std::string::npos);
    REQUIRE(host.error().find("/nowhere") == std::string::npos); // slapd sends this to its client
}

TEST_CASE("the service and the realm of the configuration take the place of the host's", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.with({{"gatehouse_mechanisms", "EXTERNAL"}, {"gatehouse_service", "sieve"}}));
    REQUIRE(host.external("alice") == SASL_OK);
    REQUIRE(campus.asked() == Asked{"admit sieve EXTERNAL alice 192.0.2.1"});
}

TEST_CASE("a password's name is made canonical before the password is checked, and nobody is admitted by it", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.options());
    SECTION("by the PLAIN mechanism")
    {
        REQUIRE(host.plain("Alice@campus.example", "right") == SASL_OK);
    }
    SECTION("by a command of the host's protocol")
    {
        REQUIRE(host.check_password("Alice@campus.example", "right") == SASL_OK);
    }
    REQUIRE(host.user() == "alice");
    REQUIRE(host.passwords_of == std::vector<std::string>{"alice"});
    REQUIRE(campus.asked() == Asked{"find Alice@campus.example", "find alice"});
}

TEST_CASE("nobody is refused before the password is: not a stranger, not a disabled account", "[unit]")
{
    const Campus campus;
    for (const char* name : {"mallory", "carol"}) {
        SaslHost host(campus.options());
        REQUIRE(host.plain(name, "wrong") != SASL_OK);
        REQUIRE(host.passwords_of == std::vector<std::string>{name});
    }
}

TEST_CASE("a stranger's name takes as long as anybody's before the password is checked", "[unit]")
{
    using namespace std::chrono_literals;
    const Campus campus;
    for (const char* name : {"mallory", "alice", "Alice@campus.example"}) {
        SaslHost host(campus.options());
        const auto began = std::chrono::steady_clock::now();
        REQUIRE(host.plain(name, "right") == SASL_OK);
        REQUIRE(std::chrono::steady_clock::now() - began >= 20ms);
    }
}

TEST_CASE("a mailbox name that is somebody else's login name never takes the place of the given name", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.options());
    REQUIRE(host.plain("anne", "right") == SASL_OK);
    REQUIRE(host.passwords_of == std::vector<std::string>{"anne"}); // not ann's
    REQUIRE(host.user() == "anne");
}

TEST_CASE("an outage while a name is looked up is a temporary failure, and no password is checked", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.options());
    REQUIRE(host.plain("away", "right") == SASL_UNAVAIL);
    REQUIRE(host.passwords_of.empty());
    REQUIRE(host.log.find("no server of realm CAMPUS answers") != std::string::npos);
}

TEST_CASE("with gatehouse_find off a password's name stays as it was given and authd is not asked", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.with({{"gatehouse_find", "no"}}));
    REQUIRE(host.plain("  Alice@campus.example ", "right") == SASL_OK);
    REQUIRE(host.user() == "Alice@campus.example");
    REQUIRE(campus.asked().empty());
}

TEST_CASE("an authzid is never admitted: it is made canonical, and the host decides", "[unit]")
{
    const Campus campus;
    SECTION("another form of the own name passes libsasl2's own policy")
    {
        SaslHost host(campus.with(external_proves));
        REQUIRE(host.external("alice", "Alice@campus.example") == SASL_OK);
        REQUIRE(host.user() == "alice");
        REQUIRE(campus.asked() == Asked{"find Alice@campus.example", "admit imap EXTERNAL alice 192.0.2.1"});
    }
    SECTION("somebody else's does not")
    {
        SaslHost host(campus.with(external_proves));
        REQUIRE(host.external("alice", "harry") != SASL_OK);
        REQUIRE(campus.asked() == Asked{"find harry", "admit imap EXTERNAL alice 192.0.2.1"});
    }
}

TEST_CASE("EXTERNAL is the host's own unless it is said to prove people", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.options());
    REQUIRE(host.external("gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth") == SASL_OK);
    REQUIRE(campus.asked().empty());
}

TEST_CASE("a mechanism that checks secrets of its own lets nobody past the Gate", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.options());
    REQUIRE(host.start("SCRAM-SHA-1", "n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL") == SASL_NOAUTHZ);
    REQUIRE(host.log.find("SCRAM-SHA-1 is refused") != std::string::npos);
    REQUIRE(campus.asked().empty());
}

TEST_CASE("a password after a failed ticket on the same connection admits nobody", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.with(external_proves));
    REQUIRE(host.external("carol") == SASL_DISABLED);
    REQUIRE(host.check_password("alice", "wrong") != SASL_OK);
    REQUIRE(campus.asked() == Asked{"admit imap EXTERNAL carol 192.0.2.1", "find alice"});
}

TEST_CASE("connections of one process share authd's, and a child of fork has its own", "[unit]")
{
    const Campus campus;
    const auto logs_in = [&] { return SaslHost(campus.with(external_proves)).external("alice") == SASL_OK; };
    REQUIRE(logs_in());
    REQUIRE(logs_in());
    REQUIRE(campus.connections() == 1);
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(logs_in() && logs_in() ? 0 : 1);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    REQUIRE(campus.connections() == 2);
    REQUIRE(logs_in());
    REQUIRE(campus.connections() == 2); // the parent's was left alone
}

TEST_CASE("many threads of a host are answered at the same time, each with its own person", "[unit]")
{
    const Campus campus;
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, name = std::string(i % 2 == 0 ? "alice" : "anne")] {
                for (int turn = 0; turn < 20; ++turn) {
                    SaslHost host(campus.with(external_proves));
                    right +=
                        host.external(name) == SASL_OK && host.user() == (name == "alice" ? "alice" : "ann") ? 1 : 0;
                }
            });
    }
    REQUIRE(right == 160);
    REQUIRE(campus.connections() <= 8);
}
