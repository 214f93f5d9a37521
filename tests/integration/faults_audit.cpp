// The disk of the audit file is full.
#include "support/clients.hpp"
#include "support/eventually.hpp"
#include "support/own_authd.hpp"
#include "support/small_disk.hpp"

#include <catch2/catch.hpp>

#include <iostream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
Reply alice_at(const OwnAuthd& authd)
{
    return saslauthd_login(authd.door("saslauthd"), "imap", "alice", Lab::current().person("alice").password);
}

int granted_lines(const std::vector<AuditLine>& lines)
{
    int count = 0;
    for (const AuditLine& line : lines)
        count += line["verdict"] == "granted" ? 1 : 0;
    return count;
}

std::string realm_of_this_lab()
{
    const Place place = Lab::current().place("ldaps");
    return realm_yaml(OpenLdapRealm{.servers = {place.host + ":" + std::to_string(place.port)}});
}
} // namespace

TEST_CASE(
    "faults: the audit file's disk is full: logins are Unavailable, and no line is lost; then there is room again",
    "[openldap]")
{
    const SmallDisk disk(Lab::current().folder() / "faults/small-disk");
    const OwnAuthd authd("full-disk", {.realms = realm_of_this_lab(), .audit = disk.file("audit.jsonl")});
    const auto audit = authd.audit();
    REQUIRE(alice_at(authd).told == Told::granted);
    REQUIRE(audit.lines().size() == 1);

    disk.fill();
    int granted = 1; // the file's last block still takes lines
    CHECK(eventually(30s, [&] {
        const bool let_in = alice_at(authd).told == Told::granted;
        granted += let_in ? 1 : 0;
        return !let_in;
    }));
    // A line is queued before its answer leaves and written within milliseconds: the one that met the full disk waits.
    CHECK(granted_lines(audit.settled()) >= granted - 1);
    for (int i = 0; i < 20; ++i) {
        const Reply reply = alice_at(authd);
        INFO(reply.words);
        CHECK(reply.told == Told::unavailable);
    }
    CHECK(native_login(authd.door("native"), "imap", "alice", "wrong").told == Told::unavailable);
    CHECK_FALSE(authd.status().at("audit").as_object().at("writable").as_bool());
    CHECK(authd.log().find("cannot write " + disk.file("audit.jsonl").string() + ": No space left on device") !=
          std::string::npos);

    disk.make_room();
    const auto back = time_of([&] { CHECK(eventually(30s, [&] { return alice_at(authd).told == Told::granted; })); });
    std::cout << "faults: Granted again " << back.count() << " ms after the disk had room\n";
    // What waited and what was refused meanwhile is written now.
    std::vector<AuditLine> lines;
    CHECK(eventually(10s, [&] {
        lines = audit.lines();
        return granted_lines(lines) >= granted + 1;
    }));
    CHECK(granted_lines(lines) == granted + 1);
    CHECK(lines.size() >= static_cast<std::size_t>(granted) + 20 + 2);
    CHECK(authd.status().at("audit").as_object().at("writable").as_bool());
}

TEST_CASE("faults: an audit file that never takes a line: nobody is Granted once that is known", "[openldap]")
{
    const OwnAuthd authd("dev-full", {.realms = realm_of_this_lab(), .audit = "/dev/full"});
    CHECK(eventually(5s, [&] { return alice_at(authd).told == Told::unavailable; }));
    CHECK(authd.status().at("audit").as_object().at("written").to_number<int>() == 0);
    for (int i = 0; i < 10; ++i) {
        const Reply reply = alice_at(authd);
        INFO("login " << i << ": " << reply.words);
        CHECK(reply.told == Told::unavailable);
    }
}

} // namespace gatehouse::integration
