#include "gate_fixture.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace std::chrono_literals;

using Fixture = GateFixture;

TEST_CASE_METHOD(Fixture, "the right password is granted, a wrong one and an unknown person are refused", "[unit]")
{
    REQUIRE(login("alice", "right").granted());
    REQUIRE(login("CAMPUS\\alice", "right").granted());
    REQUIRE(login("alice@campus.example", "right").granted());
    REQUIRE(login("alice", "wrong").reason() == Reason::wrong_password);
    REQUIRE(login("nobody", "right").reason() == Reason::unknown_person);
    REQUIRE(login("alice@elsewhere.example", "right").reason() == Reason::unknown_realm);
}

TEST_CASE_METHOD(Fixture, "what cannot be a password never reaches a directory", "[unit]")
{
    REQUIRE(login("alice", "").reason() == Reason::empty_password);
    REQUIRE(login("alice", std::string_view("\0right", 6)).reason() == Reason::malformed_credential);
    REQUIRE(login("alice", std::string_view("right\0", 6)).reason() == Reason::malformed_credential);
    REQUIRE(login("", "right").reason() == Reason::malformed_name);
    REQUIRE(login("al\nice", "right").reason() == Reason::malformed_name);
    REQUIRE(login(std::string("alice\0x", 7), "right").reason() == Reason::malformed_name);
    REQUIRE(login(std::string(2000, 'a'), "right").reason() == Reason::malformed_name);
    REQUIRE(campus->checks == 0);
}

TEST_CASE_METHOD(Fixture, "a listener cannot ask beyond its pins", "[unit]")
{
    lab->add("larry");
    *pins = {.listener = "ftp", .door = "extauth", .services = {"ftp"}, .realms = {"CAMPUS"}, .peer_uids = {7}};
    uid = 7;
    REQUIRE(login("alice", "right", "ftp").granted());
    REQUIRE(login("alice", "right", "imap").reason() == Reason::service_not_allowed);
    REQUIRE(login("LAB\\larry", "right", "ftp").reason() == Reason::realm_not_allowed);
    uid = 8;
    REQUIRE(login("alice", "right", "ftp").reason() == Reason::peer_not_allowed);
    REQUIRE(lab->checks == 0);
}

TEST_CASE_METHOD(Fixture, "a service with groups asks for them and admits members only", "[unit]")
{
    Person member;
    member.groups = {{.group = "Staff", .dn = "", .via = {}}};
    campus->add("sam", member);
    rules->services["ftp"].allow_groups.add({}, "staff");

    REQUIRE(login("sam", "right", "ftp").granted());
    REQUIRE(campus->wanted == Detail::groups);
    REQUIRE(campus->finds == 1); // the bind told the name only
    REQUIRE(login("alice", "right", "ftp").reason() == Reason::not_admitted);
    REQUIRE(login("alice", "right", "imap").granted());
}

TEST_CASE_METHOD(Fixture, "the account's state by the clock holds even when the bind succeeds", "[unit]")
{
    Person expired;
    expired.state.expires = std::chrono::system_clock::now() - 1s;
    campus->add("dave", expired);
    REQUIRE(login("dave", "right").reason() == Reason::account_expired);

    Person soon;
    soon.state.expires = std::chrono::system_clock::now() + 1h;
    campus->add("dora", soon);
    const Verdict verdict = login("dora", "right");
    REQUIRE(verdict.granted());
    REQUIRE(verdict.valid_until() == soon.state.expires);
}

TEST_CASE_METHOD(Fixture, "an outage is Unavailable, never Denied", "[unit]")
{
    campus->outage = true;
    REQUIRE(login("alice", "right").unavailable());
    campus->outage = false;
    campus->throws = true;
    REQUIRE(login("alice", "right").reason() == Reason::internal);
    REQUIRE(login("alice", "right").unavailable());
}

TEST_CASE_METHOD(Fixture, "a name in two realms is ambiguous, and an outage of one of them is an outage", "[unit]")
{
    rules->names[0].is_default = false;
    lab->add("larry");
    REQUIRE(login("alice", "right").granted());
    REQUIRE(login("larry", "right").person()->realm == "LAB");
    REQUIRE(login("nobody", "right").reason() == Reason::unknown_person);
    lab->add("alice");
    REQUIRE(login("alice", "right").reason() == Reason::ambiguous_name);
    REQUIRE(login("LAB\\alice", "right").granted());
    lab->people.clear();
    lab->outage = true;
    REQUIRE(login("alice", "right").unavailable());
}

TEST_CASE_METHOD(Fixture, "a person without what the service needs is refused, and the verdict says so", "[unit]")
{
    needs.suits = [](const Person& person) { return person.posix ? Result<void>{} : invalid("no posix account"); };
    needs.detail = Detail::account;
    REQUIRE(login("alice", "right").reason() == Reason::no_account);
    REQUIRE(campus->finds == 1); // the bind told the name only
    Person fit;
    fit.posix = PosixAccount{1, 1, "/"};
    campus->add("fay", fit);
    REQUIRE(login("fay", "right").granted());
}

TEST_CASE_METHOD(Fixture, "without audit there are no logins", "[unit]")
{
    audit = gate::AuditLog::open("/dev/full").value();
    (void)login("alice", "right"); // fills the first line, which cannot be written
    for (int i = 0; i < 200 && audit->writable(); ++i)
        std::this_thread::sleep_for(10ms);
    REQUIRE(login("alice", "right").reason() == Reason::audit_unwritable);
    REQUIRE(campus->checks == 1);
}

TEST_CASE_METHOD(Fixture, "refusals leave on the grid, grants and outages at once", "[unit]")
{
    rules->refusal_grid = 100ms;
    const auto timed = [&](const char* name, const char* password) {
        const auto from = Clock::now();
        (void)login(name, password);
        return Clock::now() - from;
    };
    REQUIRE(timed("alice", "wrong") >= 100ms);
    REQUIRE(timed("nobody", "wrong") >= 100ms);
    REQUIRE(timed("alice", "right") < 100ms);
    campus->outage = true;
    REQUIRE(timed("alice", "right") < 100ms);
}

TEST_CASE_METHOD(Fixture, "a service that names a group of one realm admits no member of its namesake in another",
                 "[unit]")
{
    Person member;
    member.groups = {{.group = "staff", .dn = "", .via = {}}};
    campus->add("sam", member);
    lab->add("sara", member);
    rules->services["ftp"].allow_groups.add("CAMPUS", "staff");
    REQUIRE(login("CAMPUS\\sam", "right", "ftp").granted());
    REQUIRE(login("LAB\\sara", "right", "ftp").reason() == Reason::not_admitted);
    rules->services["ftp"].allow_groups.add({}, "staff");
    REQUIRE(login("LAB\\sara", "right", "ftp").granted());
}
