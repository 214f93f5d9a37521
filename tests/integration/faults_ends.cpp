// authd ends while it is asked: killed, and told to end.
#include "support/client_load.hpp"
#include "support/clients.hpp"
#include "support/directories.hpp"
#include "support/eventually.hpp"
#include "support/own_authd.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <iostream>
#include <signal.h>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr int clients_of_each_door = 8;

std::string realm_of_this_lab()
{
    const Place place = Lab::current().place("ldaps");
    return Lab::current().is(DirectoryKind::active_directory)
               ? active_directory_realm()
               : realm_yaml(OpenLdapRealm{.servers = {place.host + ":" + std::to_string(place.port)}});
}

Reply alice_at_saslauthd(const Place& door)
{
    return saslauthd_login(door, "imap", "alice", Lab::current().person("alice").password);
}

Reply alice_at_dovecot(const Place& door, std::uint32_t minor)
{
    return dovecot_login(door, "smtp", "alice", Lab::current().person("alice").password, minor);
}

/// 16 clients with the right password at two doors.
void begin_load(ClientLoad& load, const OwnAuthd& authd)
{
    const Place saslauthd = authd.door("saslauthd");
    const Place dovecot = authd.door("dovecot");
    load.add(clients_of_each_door, [saslauthd] { return alice_at_saslauthd(saslauthd); });
    load.add(clients_of_each_door / 2, [dovecot] { return alice_at_dovecot(dovecot, 2); });
    load.add(clients_of_each_door / 2, [dovecot] { return alice_at_dovecot(dovecot, 0); });
}

int count_verdicts(const AuditFile& audit, std::string_view verdict)
{
    int count = 0;
    for (const AuditLine& line : audit.settled())
        count += line["verdict"] == verdict ? 1 : 0;
    return count;
}
} // namespace

TEST_CASE("faults: authd is killed under load: clients see temporary failures, never a refusal",
          "[openldap][active-directory]")
{
    OwnAuthd authd("killed", {.realms = realm_of_this_lab()});
    REQUIRE(eventually(30s, [&] { return alice_at_saslauthd(authd.door("saslauthd")).told == Told::granted; }));
    const auto audit = authd.audit();
    for (int round = 0; round < 3; ++round) {
        ClientLoad load;
        begin_load(load, authd);
        REQUIRE(eventually(60s, [&] { return load.granted() >= 200; }));
        const int before = load.unavailable();
        authd.process().signal(SIGKILL);
        REQUIRE(authd.process().wait_for_end(10s) == 128 + SIGKILL);
        CHECK(eventually(30s, [&] { return load.unavailable() >= before + 2 * clients_of_each_door; }));
        const int while_away = load.granted();
        authd.start_again();
        CHECK(eventually(60s, [&] { return load.granted() >= while_away + 50; }));
        load.stop();
        std::cout << "faults: authd killed under load: " << load.granted() << " granted, " << load.unavailable()
                  << " temporary failures, " << load.denied() << " refusals\n";
        CHECK(before == 0);
        CHECK(load.denied() == 0);
    }
    CHECK(count_verdicts(audit, "denied") == 0);
}

namespace
{
/// slapd whose people's passwords are checked by a saslauthd door.
class SlapdBehindDoor
{
public:
    explicit SlapdBehindDoor(const Place& door)
    {
        Lab::current().must("slapd-sasl", {"restart"}, {.environment = {{"GATEHOUSE_SASL_DOOR", door.path.string()}}});
        shown_ = Lab::current().show("slapd-sasl");
    }
    ~SlapdBehindDoor() { Lab::current().script("slapd-sasl", {"down"}); }
    SlapdBehindDoor(const SlapdBehindDoor&) = delete;
    SlapdBehindDoor& operator=(const SlapdBehindDoor&) = delete;

    Reply bind(std::string_view password) const
    {
        return ldap_login(shown_.at("uri"), "uid=alice," + shown_.at("base"), password);
    }

private:
    std::map<std::string, std::string> shown_;
};
} // namespace

// slapd turns any failure of its {SASL} check into result 49, which is no fault of authd's.
TEST_CASE("faults: authd is killed while slapd asks it ({SASL}): it has answered no one NO", "[openldap]")
{
    OwnAuthd authd("killed-sasl", {.realms = realm_of_this_lab()});
    const SlapdBehindDoor slapd(authd.door("saslauthd"));
    const std::string& password = Lab::current().person("alice").password;
    REQUIRE(eventually(30s, [&] { return slapd.bind(password).told == Told::granted; }));
    const auto audit = authd.audit();
    ClientLoad load;
    load.add(2 * clients_of_each_door, [&] { return slapd.bind(password); });
    REQUIRE(eventually(60s, [&] { return load.granted() >= 200; }));
    CHECK(authd.counter("saslauthd", "denied") == 0);
    authd.process().signal(SIGKILL);
    REQUIRE(authd.process().wait_for_end(10s) == 128 + SIGKILL);
    CHECK(eventually(30s, [&] { return load.denied() + load.unavailable() >= 2 * clients_of_each_door; }));
    authd.start_again();
    const int while_away = load.granted();
    CHECK(eventually(60s, [&] { return load.granted() >= while_away + 50; }));
    load.stop();
    std::cout << "faults: slapd while authd was killed: " << load.granted() << " binds succeeded, " << load.denied()
              << " results that say no (49), " << load.unavailable() << " others\n";
    CHECK(count_verdicts(audit, "denied") == 0);
    CHECK(authd.counter("saslauthd", "denied") == 0);
    CHECK(slapd.bind("wrong").told == Told::denied);
    CHECK(authd.counter("saslauthd", "denied") == 1); // a NO is counted
}

TEST_CASE("faults: SIGTERM under load: no refusal, exit status 0, and everybody who was granted was told",
          "[openldap][active-directory]")
{
    OwnAuthd authd("terminated", {.realms = realm_of_this_lab()});
    REQUIRE(eventually(30s, [&] { return alice_at_saslauthd(authd.door("saslauthd")).told == Told::granted; }));
    authd.audit().lines();
    const auto audit = authd.audit();
    ClientLoad load;
    begin_load(load, authd);
    REQUIRE(eventually(60s, [&] { return load.granted() >= 200; }));
    authd.process().signal(SIGTERM);
    std::optional<int> status;
    const auto took = time_of([&] { status = authd.process().wait_for_end(60s); });
    load.stop();
    std::cout << "faults: SIGTERM under load: ended after " << took.count() << " ms; " << load.granted() << " granted, "
              << load.denied() << " refusals\n";
    INFO(authd.log());
    CHECK(status == 0);
    CHECK(load.denied() == 0);
    CHECK(authd.log().find("were cut") == std::string::npos);
    CHECK(count_verdicts(audit, "granted") == load.granted());
    CHECK(count_verdicts(audit, "denied") == 0);
}

TEST_CASE("faults: SIGTERM while the directory is slow: what is under way is finished", "[openldap]")
{
    const DirectoryServer directory(1);
    OwnAuthd authd("finishing", {.realms = realm_yaml(OpenLdapRealm{.servers = {directory.name()}})});
    REQUIRE(alice_at_saslauthd(authd.door("saslauthd")).told == Told::granted);

    directory.freeze();
    std::vector<std::future<Reply>> waiting;
    for (int i = 0; i < clients_of_each_door; ++i) {
        waiting.push_back(std::async(std::launch::async, alice_at_saslauthd, authd.door("saslauthd")));
        waiting.push_back(std::async(std::launch::async, alice_at_dovecot, authd.door("dovecot"), i % 2 == 0 ? 2 : 0));
    }
    CHECK(eventually(3s, [&] {
        return authd.counter("saslauthd", "connections") == clients_of_each_door &&
               authd.counter("dovecot", "connections") == clients_of_each_door;
    }));
    std::this_thread::sleep_for(200ms); // their requests are read
    authd.process().signal(SIGTERM);
    std::this_thread::sleep_for(200ms);
    CHECK(authd.process().running());
    directory.thaw();
    for (auto& login : waiting) {
        const Reply reply = login.get();
        INFO(reply.words);
        CHECK(reply.told == Told::granted);
    }
    CHECK(authd.process().wait_for_end(30s) == 0);
}

} // namespace gatehouse::integration
