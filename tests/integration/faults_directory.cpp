// The directory stops and comes back; one of its two servers dies and comes back.
#include "support/clients.hpp"
#include "support/directories.hpp"
#include "support/eventually.hpp"
#include "support/own_authd.hpp"
#include "wire/dovecot_auth_client.hpp"

#include <catch2/catch.hpp>

#include <iostream>
#include <optional>
#include <thread>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
Reply alice_at(const Place& saslauthd_door)
{
    return saslauthd_login(saslauthd_door, "imap", "alice", Lab::current().person("alice").password);
}

bool granted_at(const Place& saslauthd_door)
{
    return alice_at(saslauthd_door).told == Told::granted;
}

/// Waits until the directory is away for authd: the first login may meet a connection that has just been cut.
void require_unavailable_everywhere(const Lab& lab, const SamplePerson& person)
{
    for (int round = 0; round < 3; ++round) {
        const Reply old = saslauthd_login(lab.door("cyrus"), "imap", person.name, person.password);
        INFO(old.words);
        CHECK(old.told == Told::unavailable);
        CHECK(old.words == "closed without an answer");

        const Reply told = dovecot_login(lab.door("postfix-dovecot"), "smtp", person.name, person.password, 2);
        INFO(told.words);
        CHECK(told.told == Told::unavailable);
        CHECK(told.words.find("code=temp_fail") != std::string::npos);

        const Reply minor_1 = dovecot_login(lab.door("postfix-dovecot"), "smtp", person.name, person.password, 1);
        CHECK(minor_1.told == Told::unavailable);
        CHECK(minor_1.words.find("temp") != std::string::npos);

        const Reply postfix = dovecot_login(lab.door("postfix-dovecot"), "smtp", person.name, person.password, 0);
        INFO(postfix.words);
        CHECK(postfix.told == Told::unavailable);
        CHECK(postfix.words.find("closed the connection") != std::string::npos);

        CHECK(native_login(lab.door("web"), "web", person.name, person.password).told == Told::unavailable);
        CHECK(saslauthd_login(lab.door("cyrus"), "imap", person.name, "wrong").told == Told::unavailable);
    }
}
} // namespace

TEST_CASE("faults: the directory stops: Unavailable on every door; it comes back: Granted, without a restart",
          "[openldap][active-directory]")
{
    const Lab& lab = Lab::current();
    const SamplePerson& alice = lab.person("alice");
    const DirectoryServer directory(1);
    const std::string pid = lab.show("authd").at("pid");
    REQUIRE(eventually(30s, [&] { return granted_at(lab.door("cyrus")); }));

    directory.stop();
    auto audit = lab.audit();
    require_unavailable_everywhere(lab, alice);
    for (const AuditLine& line : audit.lines(18)) {
        INFO(line.text());
        CHECK(line["verdict"] == "unavailable");
        CHECK(line["reason"] == "directory-unavailable");
    }

    directory.start();
    const auto back = time_of([&] { CHECK(eventually(60s, [&] { return granted_at(lab.door("cyrus")); })); });
    std::cout << "faults: Granted again " << back.count() << " ms after the directory served again\n";
    CHECK(dovecot_login(lab.door("postfix-dovecot"), "smtp", alice.name, alice.password, 0).told == Told::granted);
    CHECK(native_login(lab.door("web"), "web", alice.name, alice.password).told == Told::granted);
    CHECK(saslauthd_login(lab.door("cyrus"), "imap", alice.name, "wrong").told == Told::denied);
    CHECK(lab.show("authd").at("pid") == pid);
}

TEST_CASE("faults: an outage told to minor 0 finishes the other ids, then closes", "[openldap]")
{
    const DirectoryServer directory(1);
    const OwnAuthd authd("minor0",
                         {.realms = realm_yaml(OpenLdapRealm{.servers = {directory.name()}}) + local_realm()});
    directory.stop();

    const auto begin = [](std::uint32_t id, const std::string& login, const std::string& password) {
        wire::DovecotAuthBegin line{.id = id, .mechanism = "PLAIN", .service = "smtp"};
        line.response = secret(std::string(1, '\0') + login + std::string(1, '\0') + password);
        return std::string(wire::encode_dovecot_auth(line).value().view());
    };
    const std::string& right = Lab::current().person("alice").password;
    Connection connection(authd.door("dovecot"));
    connection.send(wire::dovecot_client_handshake(4711, 0));
    connection.send(begin(1, "alice", right) + begin(2, "LOCAL\\alice", right) + begin(3, "LOCAL\\bob", "wrong") +
                    begin(4, "LOCAL\\alice", right));
    const std::string said = connection.read_until_closed();
    INFO(said);
    CHECK(said.find("OK\t2") != std::string::npos);
    CHECK(said.find("FAIL\t3") != std::string::npos);
    CHECK(said.find("OK\t4") != std::string::npos);
    CHECK(said.find("FAIL\t1") == std::string::npos);
    CHECK(said.find("OK\t1") == std::string::npos);
    CHECK(said.find("temp") == std::string::npos);
}

namespace
{
/// The server that answers logins, and the other one.
struct Pair {
    const DirectoryServer& used;
    const DirectoryServer& other;
};

std::string server_of_next_login(const OwnAuthd& authd)
{
    auto audit = authd.audit();
    return granted_at(authd.door("saslauthd")) ? audit.lines().at(0)["server"] : std::string();
}

/// The first of a list is used as soon as it is connected, which may come after the other one; of servers that DNS
/// names, one that stays.
Pair pair_of(const OwnAuthd& authd, const DirectoryServer& first, const DirectoryServer& second)
{
    std::string server;
    int in_a_row = 0;
    const bool settled = eventually(30s, [&] {
        const std::string next = server_of_next_login(authd);
        in_a_row = next == server ? in_a_row + 1 : 0;
        server = next;
        return !server.empty() && in_a_row >= (server == first.name() ? 1 : 100); // 100 take two seconds or more
    });
    INFO("answered by " << server);
    REQUIRE(settled);
    REQUIRE((server == first.name() || server == second.name()));
    return server == first.name() ? Pair{first, second} : Pair{second, first};
}

void require_next_login_within_2_s(const OwnAuthd& authd, const Pair& pair, const char* what)
{
    auto audit = authd.audit();
    Reply reply;
    const auto took = time_of([&] { reply = alice_at(authd.door("saslauthd")); });
    std::cout << "faults: " << pair.used.name() << ' ' << what << ": the next login took " << took.count() << " ms\n";
    INFO(reply.words);
    CHECK(reply.told == Told::granted);
    CHECK(took < promised(2s));
    CHECK(audit.lines().at(0)["server"] == pair.other.name());
    for (int i = 0; i < 20; ++i)
        CHECK(granted_at(authd.door("saslauthd")));
    CHECK(saslauthd_login(authd.door("saslauthd"), "imap", "alice", "wrong").told == Told::denied);
}

void require_used_again(const OwnAuthd& authd, const DirectoryServer& server)
{
    std::int64_t before = 0;
    const auto back = time_of([&] {
        CHECK(eventually(90s, [&] {
            const auto status = authd.server(server.name());
            before = status.at("requests").to_number<std::int64_t>();
            return status.at("usable").as_bool();
        }));
    });
    std::cout << "faults: " << server.name() << " usable again after " << back.count() << " ms\n";
    CHECK(eventually(30s, [&] {
        CHECK(granted_at(authd.door("saslauthd")));
        return authd.server(server.name()).at("requests").to_number<std::int64_t>() > before;
    }));
}
} // namespace

TEST_CASE("faults: one of two servers is killed: the next login succeeds within 2 s; it comes back and is used again",
          "[openldap][active-directory]")
{
    const DirectoryServer first(1);
    const DirectoryServer second(2);
    const OwnAuthd authd("killed-server", {.realms = realm_with_both_servers(first, second)});
    const Pair pair = pair_of(authd, first, second);

    pair.other.settle();
    pair.used.kill();
    require_next_login_within_2_s(authd, pair, "was killed");
    CHECK_FALSE(authd.server(pair.used.name()).at("usable").as_bool());
    CHECK_FALSE(authd.server(pair.used.name()).at("last_error").as_string().empty());

    pair.used.start();
    require_used_again(authd, pair.used);
}

TEST_CASE("faults: one of two servers falls silent: the next login succeeds within 2 s; it thaws and is used again",
          "[openldap][active-directory]")
{
    const DirectoryServer first(1);
    const DirectoryServer second(2);
    const OwnAuthd authd("silent-server", {.realms = realm_with_both_servers(first, second)});
    const Pair pair = pair_of(authd, first, second);

    pair.other.settle();
    pair.used.freeze();
    require_next_login_within_2_s(authd, pair, "fell silent");
    pair.used.thaw();
    require_used_again(authd, pair.used);
}

TEST_CASE("faults: a server is silent before authd has connected to it: the next login succeeds within 2 s",
          "[openldap]")
{
    const DirectoryServer first(1);
    const DirectoryServer second(2);
    first.freeze();
    const OwnAuthd authd("silent-first", {.realms = realm_with_both_servers(first, second)});
    require_next_login_within_2_s(authd, {first, second}, "is silent from the start");
    first.thaw();
    require_used_again(authd, first);
}

TEST_CASE("faults: the DC that answers DNS dies: the next login succeeds within 2 s at a DC that was never asked",
          "[active-directory]")
{
    const DirectoryServer first(1);
    const DirectoryServer second(2);
    // Records of the same priority come in any order: begin anew until the name server is the one that is used.
    std::optional<OwnAuthd> authd;
    std::string used;
    for (int i = 0; i < 12 && used != "dc1.campus.example"; ++i) {
        authd.emplace("killed-dns", OwnAuthd::Wishes{.realms = active_directory_realm()});
        REQUIRE(eventually(30s, [&] { return granted_at(authd->door("saslauthd")); }));
        auto audit = authd->audit();
        REQUIRE(granted_at(authd->door("saslauthd")));
        used = audit.lines().at(0)["server"];
    }
    REQUIRE(used == "dc1.campus.example");
    std::this_thread::sleep_for(2s); // for what authd may want to know ahead

    second.settle();
    first.kill();
    Reply reply;
    const auto took = time_of([&] { reply = alice_at(authd->door("saslauthd")); });
    std::cout << "faults: the DC with DNS was killed: the next login took " << took.count() << " ms\n";
    INFO(reply.words << "\n" << authd->log());
    CHECK(reply.told == Told::granted);
    CHECK(took < promised(2s));
}

} // namespace gatehouse::integration
