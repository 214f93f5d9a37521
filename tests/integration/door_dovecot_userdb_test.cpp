// The Dovecot userdb door, spoken directly: Dovecot's master protocol, together with logins at the client door.
#include "support/dovecot_client.hpp"
#include "support/lab.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
Place client_door()
{
    return Lab::current().socket("dovecot/run/auth-client");
}

/// A master's connection: what Dovecot's imap process has.
class Master
{
public:
    Master() : connection_(Lab::current().socket("dovecot/run/auth-master"))
    {
        connection_.send("VERSION\t1\t1\n");
        while (!connection_.read_line().starts_with("SPID")) {
        }
    }

    std::string ask(const std::string& line)
    {
        connection_.send(line + "\n");
        return connection_.read_line();
    }

    /// The account of a login that a client made.
    std::string request(std::uint32_t id, const DovecotClient& client, std::uint32_t login, const std::string& cookie)
    {
        return ask("REQUEST\t" + std::to_string(id) + "\t" + std::to_string(client.pid()) + "\t" +
                   std::to_string(login) + "\t" + cookie);
    }

    Connection& connection() { return connection_; }

private:
    Connection connection_;
};

bool logs_in(DovecotClient& client, std::uint32_t id, const SamplePerson& person)
{
    client.begin(id, person.name, person.password);
    return client.outcome().ok;
}
} // namespace

TEST_CASE("Dovecot userdb door: a login's account is told to the master that shows its cookie, once",
          "[openldap][active-directory][local]")
{
    DovecotClient client(client_door());
    REQUIRE(logs_in(client, 5, Lab::current().person("ulla")));
    Master master;
    const std::string user = master.request(1, client, 5, client.cookie());
    INFO(user);
    CHECK(user.starts_with("USER\t1\tulla\t"));
    CHECK(user.find("\tuid=") != std::string::npos);
    CHECK(user.find("\tgid=") != std::string::npos);
    CHECK(user.find("/dovecot/mail/ulla") != std::string::npos);
    CHECK(master.request(2, client, 5, client.cookie()).starts_with("FAIL\t2"));
}

TEST_CASE("Dovecot userdb door: a wrong cookie, another client's login or a login that failed gets nothing",
          "[openldap][local]")
{
    DovecotClient client(client_door());
    DovecotClient other(client_door());
    const SamplePerson& ulla = Lab::current().person("ulla");
    REQUIRE(logs_in(client, 5, ulla));
    client.begin(6, ulla.name, "Wrong-Passw0rd");
    REQUIRE_FALSE(client.outcome().ok);

    Master master;
    std::string wrong = client.cookie();
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    CHECK(master.request(1, client, 5, wrong).starts_with("FAIL\t1"));
    CHECK(master.request(2, client, 5, other.cookie()).starts_with("FAIL\t2"));
    CHECK(master.request(3, other, 5, other.cookie()).starts_with("FAIL\t3"));
    CHECK(master.request(4, client, 6, client.cookie()).starts_with("FAIL\t4"));
    CHECK(master.request(5, client, 7, client.cookie()).starts_with("FAIL\t5"));
    CHECK(master.request(6, client, 5, client.cookie()).starts_with("USER\t6\tulla")); // no guess has spent it
}

TEST_CASE("Dovecot userdb door: a client that only authenticates (nologin) leaves no login behind", "[openldap][local]")
{
    DovecotClient client(client_door());
    const SamplePerson& ulla = Lab::current().person("ulla");
    wire::DovecotAuthBegin begin{.id = 5, .nologin = true};
    begin.response = secret(plain_bytes(ulla.name, ulla.password));
    client.begin(std::move(begin));
    REQUIRE(client.outcome().ok);
    Master master;
    CHECK(master.request(1, client, 5, client.cookie()).starts_with("FAIL\t1"));
}

TEST_CASE("Dovecot userdb door: a person is found by every name, and a stranger is NOTFOUND",
          "[openldap][active-directory][local]")
{
    Master master;
    CHECK(master.ask("USER\t1\tulla\tservice=lmtp").starts_with("USER\t1\tulla\t"));
    CHECK(master.ask("USER\t2\tulla@campus.example\tservice=lmtp").starts_with("USER\t2\tulla\t"));
    CHECK(master.ask("USER\t3\tCAMPUS\\ULLA\tservice=lmtp").starts_with("USER\t3\tulla\t"));
    CHECK(master.ask("USER\t4\tnobody-here\tservice=lmtp") == "NOTFOUND\t4");
    CHECK(master.ask("USER\t5\tulla@elsewhere.example\tservice=lmtp") == "NOTFOUND\t5");
    CHECK(master.ask("USER\t6\t*\tservice=lmtp")
              .starts_with(Lab::current().is(DirectoryKind::active_directory)
                               ? "NOTFOUND\t6"
                               : "USER\t6\t*\t")); // the person of that name
    CHECK(master.ask("USER\t7\tul*\tservice=lmtp") == "NOTFOUND\t7");
}

TEST_CASE("Dovecot userdb door: a name that is no folder gets no account, and the connection goes on", "[openldap]")
{
    Master master;
    const auto people = Lab::current().people().special();
    const auto slash = std::ranges::find_if(people, [](const auto& person) { return person.name.contains('/'); });
    REQUIRE(slash != people.end());
    const std::string answer = master.ask("USER\t1\t" + slash->name + "\tservice=lmtp");
    INFO(answer);
    CHECK(answer.starts_with("FAIL\t1"));
    CHECK(master.ask("USER\t2\tulla\tservice=lmtp").starts_with("USER\t2\tulla\t"));
}

TEST_CASE("Dovecot userdb door: garbage ends the connection, and others are served", "[openldap][local]")
{
    for (const std::string words : {"GET / HTTP/1.1\r\n\r\n", "VERSION\t2\t0\n", "REQUEST\t1\t2\t3\tnot-a-cookie\n",
                                    "USER\tone\tulla\n", "NONSENSE\n"}) {
        INFO(words);
        Connection connection(Lab::current().socket("dovecot/run/auth-master"));
        connection.send(words);
        CHECK(connection.closes_within(5s));
    }
    Master master;
    CHECK(master.ask("USER\t1\tulla\tservice=lmtp").starts_with("USER\t1\tulla\t"));
}

} // namespace gatehouse::integration
