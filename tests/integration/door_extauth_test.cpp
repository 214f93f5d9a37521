// The extauth door (pure-ftpd's external authentication), spoken directly.
#include "support/clients.hpp"
#include "support/lab.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
const std::string refused = "auth_ok:-1\nend\n";

Place door()
{
    return Lab::current().door("ftp");
}

std::string answer_to(const std::string& request)
{
    Connection connection(door());
    connection.send(request);
    connection.finish_sending();
    return connection.read_until_closed();
}

std::string request_of_alice()
{
    return "account:alice\npassword:" + Lab::current().person("alice").password +
           "\nlocalhost:127.0.0.1\nlocalport:21\npeer:192.0.2.7\nencrypted:1\nend\n";
}
} // namespace

TEST_CASE("extauth door: the account of a person is told: the directory's own, or the listener's",
          "[openldap][active-directory][local]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    const SamplePerson& paula = Lab::current().person("paula");
    const Reply common = extauth_login(door(), "CAMPUS\\ALICE", alice.password);
    INFO(common.words);
    CHECK(common.told == Told::granted);
    CHECK(common.words.ends_with("/pure-ftpd/homes/alice"));
    const Reply own = extauth_login(door(), "paula", paula.password);
    INFO(own.words);
    CHECK(own.words == "20001 20000 /dev/null/paula");
}

TEST_CASE("extauth door: lines in another order and unknown ones are understood, a slow client too",
          "[openldap][local]")
{
    const std::string password = Lab::current().person("alice").password;
    CHECK(answer_to("novelty:1\npassword:" + password + "\naccount:alice\nend\n").starts_with("auth_ok:1\n"));
    Connection connection(door());
    connection.send_slowly(request_of_alice(), 5ms);
    CHECK(connection.read_until_closed().starts_with("auth_ok:1\n"));
}

TEST_CASE("extauth door: wrong, unknown, empty and a NUL inside are refused for good",
          "[openldap][active-directory][local]")
{
    const std::string password = Lab::current().person("alice").password;
    const AuditFile audit = Lab::current().audit();
    CHECK(answer_to("account:alice\npassword:Wrong-Passw0rd\nend\n") == refused);
    CHECK(answer_to("account:nobody-here\npassword:Wrong-Passw0rd\nend\n") == refused);
    CHECK(answer_to("account:alice\npassword:\nend\n") == refused);
    CHECK(answer_to("account:\npassword:" + password + "\nend\n") == refused);
    CHECK(answer_to("account:alice\npassword:" + password + std::string("\0x", 2) + "\nend\n") == refused);
    CHECK(answer_to("account:ali" + std::string(1, '\0') + "ce\npassword:" + password + "\nend\n") == refused);
    const auto lines = audit.lines(6);
    REQUIRE(lines.size() == 6);
    const std::vector<std::string> reasons{"wrong-password", "unknown-person",       "empty-password",
                                           "malformed-name", "malformed-credential", "malformed-name"};
    for (std::size_t i = 0; i < reasons.size(); ++i)
        CHECK(lines[i]["reason"] == reasons[i]);
}

TEST_CASE("extauth door: a request that is cut off, doubled or garbage gets no account", "[openldap][local]")
{
    const std::string whole = request_of_alice();
    for (const std::string& request :
         {std::string(), whole.substr(0, 5), whole.substr(0, whole.size() - 1), whole.substr(0, whole.find("end")),
          "account:alice\naccount:bob\n" + whole.substr(14), std::string("password:x\nend\n"),
          std::string("account:alice\nend\n"), std::string("end\n"), std::string("GET / HTTP/1.1\r\n\r\n"),
          std::string(200, '\xff')}) {
        INFO(request);
        CHECK(answer_to(request).find("auth_ok:1\n") == std::string::npos);
    }
    CHECK(answer_to(whole).starts_with("auth_ok:1\n"));
}

} // namespace gatehouse::integration
