#include "gate/live_sessions.hpp"

#include "gate/session_judge.hpp"
#include "gate_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <ctime>
#include <iostream>
#include <thread>

using namespace gatehouse;
using namespace gatehouse::gate;
using namespace std::chrono_literals;

namespace
{

struct Holder : SessionHolder {
    void end(std::vector<EndedSession> ended) override
    {
        ++calls;
        for (const EndedSession& each : ended)
            told.emplace(each.tag, each.end.reason);
    }
    std::map<std::uint64_t, std::string> told; // by tag
    int calls = 0;
};

PersonRecord record(const std::string& name, std::vector<std::string> member_of = {})
{
    PersonRecord record;
    record.person.realm = "CAMPUS";
    record.person.id = "id-" + name;
    record.person.name = name;
    record.person.mailbox = name;
    record.person.known = Detail::account;
    record.keys = {name};
    record.member_of = std::move(member_of);
    return record;
}

/// One realm with a mirror that the test feeds, one without; `ftp` is for the staff.
struct Campus : GateFixture {
    Campus()
    {
        rules->realms = {{.directory = campus, .mirror = mirror}, {.directory = lab, .proofs = {.remember = false}}};
        rules->services["ftp"].allow_groups.add("", "staff");
        begin({record("alice", {"staff"}), record("bob")});
        live();
    }

    void begin(std::vector<PersonRecord> people)
    {
        mirror->begin_sweep();
        mirror->take({.people = std::move(people),
                      .groups = {{.id = "id-staff", .name = "staff", .keys = {"staff"}}},
                      .since = Clock::now()});
        mirror->end_sweep(Clock::now());
    }
    void live() { mirror->report({.live = true, .read_from = Clock::now(), .bound = 1h}); }
    void away() { mirror->report({.live = false, .away = true, .read_from = Clock::now()}); }
    void change(PersonRecord changed) { mirror->take({.people = {std::move(changed)}, .since = Clock::now()}); }
    void remove(const std::string& name) { mirror->take({.gone = {"id-" + name}, .since = Clock::now()}); }

    std::expected<SessionNumber, SessionEnd> hold(const std::string& name, std::uint64_t tag,
                                                  const std::string& service = "imap",
                                                  const std::string& realm = "CAMPUS")
    {
        return sessions.hold({.realm = realm,
                              .person = "id-" + name,
                              .name = name,
                              .service = service,
                              .client = "192.0.2.1",
                              .store = "imap1",
                              .listener = "edge"},
                             holder, tag, *rules, now);
    }
    void judge() { sessions.judge(*rules, now); }
    using Told = std::map<std::uint64_t, std::string>;

    std::shared_ptr<people::Mirror> mirror = std::make_shared<people::Mirror>("CAMPUS");
    std::shared_ptr<Holder> holder = std::make_shared<Holder>();
    WallTime now = std::chrono::system_clock::now();
};

} // namespace

TEST_CASE_METHOD(Campus, "sessions go on while nothing changes, and are forgotten when they are over", "[unit]")
{
    const auto one = hold("alice", 1);
    REQUIRE(one);
    REQUIRE(hold("alice", 2));
    judge();
    CHECK(holder->told.empty());
    CHECK(sessions.size() == 2);
    sessions.forget(*one);
    sessions.forget(*one);
    CHECK(sessions.size() == 1);
    CHECK(sessions.ended().empty());
}

TEST_CASE_METHOD(Campus, "what refuses a login ends every session of the person and of nobody else", "[unit]")
{
    REQUIRE(hold("alice", 1));
    REQUIRE(hold("bob", 2));
    REQUIRE(hold("alice", 3));
    PersonRecord changed = record("alice");
    std::string reason;
    SECTION("disabled")
    {
        changed.person.state.disabled = true;
        reason = "account-disabled";
    }
    SECTION("locked")
    {
        changed.person.state.locked = true;
        reason = "account-locked";
    }
    SECTION("expired")
    {
        changed.person.state.expires = now;
        reason = "account-expired";
    }
    change(changed);
    judge();
    CHECK(holder->told == Told{{1, reason}, {3, reason}});
    CHECK(holder->calls == 1); // together
    CHECK(sessions.size() == 1);
    CHECK(sessions.ended() == std::map<std::string_view, std::uint64_t>{{reason, 2}});
    judge();
    CHECK(holder->calls == 1);
}

TEST_CASE_METHOD(Campus, "what the clock changes ends sessions, though nobody in the mirror changes", "[unit]")
{
    PersonRecord leaving = record("alice");
    leaving.person.state.expires = now + 1h;
    change(leaving);
    REQUIRE(hold("alice", 1));
    judge();
    CHECK(holder->told.empty());
    now += 2h;
    judge();
    CHECK(holder->told == Told{{1, "account-expired"}});
}

TEST_CASE_METHOD(Campus, "another group ends sessions of the services that need it, and no others", "[unit]")
{
    REQUIRE(hold("alice", 1, "ftp"));
    REQUIRE(hold("alice", 2, "imap"));
    judge();
    CHECK(holder->told.empty());
    change(record("alice")); // no longer of the staff
    judge();
    CHECK(holder->told == Told{{1, "not-admitted"}});
}

TEST_CASE_METHOD(Campus, "new rules are seen", "[unit]")
{
    REQUIRE(hold("bob", 1));
    REQUIRE(hold("alice", 2));
    const auto stricter = std::make_shared<Rules>(*rules);
    stricter->services["imap"].allow_groups.add("", "staff");
    sessions.judge(*stricter, now);
    CHECK(holder->told == Told{{1, "not-admitted"}});
    stricter->names.erase(stricter->names.begin());
    stricter->realms.erase(stricter->realms.begin());
    sessions.judge(*stricter, now);
    CHECK(holder->told == Told{{1, "not-admitted"}, {2, "unknown-realm"}});
}

TEST_CASE_METHOD(Campus, "somebody is gone only when a live mirror says so", "[unit]")
{
    REQUIRE(hold("alice", 1));
    away();
    remove("alice");
    judge();
    CHECK(holder->told.empty());
    live();
    judge();
    CHECK(holder->told == Told{{1, "unknown-person"}});
}

TEST_CASE_METHOD(Campus, "a mirror that is being filled, or none, ends nothing", "[unit]")
{
    mirror = std::make_shared<people::Mirror>("CAMPUS");
    rules->realms[0].mirror = mirror;
    REQUIRE(hold("nobody-here", 1)); // nothing is known yet
    REQUIRE(hold("zoe", 2, "imap", "LAB"));
    mirror->begin_sweep();
    live();
    judge();
    CHECK(holder->told.empty());
    mirror->end_sweep(Clock::now());
    judge();
    CHECK(holder->told == Told{{1, "unknown-person"}});
}

TEST_CASE_METHOD(Campus, "who may not begin a session is told at once, and none is kept", "[unit]")
{
    PersonRecord carol = record("carol");
    carol.person.state.disabled = true;
    change(carol);
    CHECK(hold("carol", 1).error().reason == "account-disabled");
    CHECK(hold("carol", 1).error().text == "this account is disabled");
    CHECK(hold("nobody-here", 2).error().reason == "unknown-person");
    CHECK(hold("bob", 3, "ftp").error().reason == "not-admitted");
    CHECK(hold("alice", 4, "imap", "ELSEWHERE").error().reason == "unknown-realm");
    CHECK(sessions.size() == 0);
    CHECK(holder->calls == 0);
}

TEST_CASE_METHOD(Campus, "a kick ends all sessions of one person, also where nothing is mirrored", "[unit]")
{
    REQUIRE(hold("alice", 1));
    REQUIRE(hold("alice", 2, "ftp"));
    REQUIRE(hold("alice", 3, "imap", "LAB"));
    REQUIRE(hold("bob", 4));
    CHECK(sessions.kick({.realm = "CAMPUS", .person = "id-alice", .name = "alice"}) == 2);
    CHECK(holder->told == Told{{1, "kicked"}, {2, "kicked"}});
    CHECK(sessions.kick({.realm = {}, .person = {}, .name = "ALICE"}) == 1); // as her session calls her
    CHECK(sessions.kick({.realm = "CAMPUS", .person = "id-alice", .name = "alice"}) == 0);
    CHECK(sessions.size() == 1);
}

TEST_CASE_METHOD(Campus, "an end is not told to a holder that is gone", "[unit]")
{
    REQUIRE(hold("alice", 1));
    holder.reset();
    CHECK(sessions.kick({.name = "alice"}) == 1);
    CHECK(sessions.size() == 0);
}

TEST_CASE_METHOD(Campus, "sessions are listed in parts, oldest first", "[unit]")
{
    for (std::uint64_t tag = 1; tag <= 5; ++tag)
        REQUIRE(hold(tag % 2 == 0 ? "bob" : "alice", tag));
    CHECK(sessions.list({}, 0, 100'000).size() == 5);
    CHECK(sessions.list({.name = "bob"}, 0, 100'000).size() == 2);
    std::size_t seen = 0;
    SessionNumber last = 0;
    for (;;) {
        const auto some = sessions.list({}, last, 500);
        if (some.empty())
            break;
        CHECK(some.size() < 5);
        CHECK(some.front().first > last);
        last = some.back().first;
        seen += some.size();
    }
    CHECK(seen == 5);
    CHECK(sessions.list({}, 0, 0).size() == 1); // one at least
}

TEST_CASE_METHOD(Campus, "the judge sees a change, the feed coming back, and new rules within its look", "[unit]")
{
    Gate gate(rules, *audit, {*proofs, shield, flights, *store, metrics, *store_secrets, sessions});
    boost::asio::io_context io;
    SessionJudge judge(io, gate);
    judge.start();
    const auto told_within_looks = [&](std::size_t ends) {
        for (int looks = 0; looks < 4 && holder->told.size() < ends; ++looks)
            io.run_for(SessionJudge::look);
        return holder->told.size() == ends;
    };
    REQUIRE(hold("alice", 1));
    REQUIRE(hold("bob", 2));
    CHECK(told_within_looks(0));
    PersonRecord disabled = record("alice");
    disabled.person.state.disabled = true;
    change(disabled);
    CHECK(told_within_looks(1));
    away();
    remove("bob");
    io.run_for(2 * SessionJudge::look);
    CHECK(holder->told.size() == 1);
    live(); // without any change
    CHECK(told_within_looks(2));
    REQUIRE(hold("zoe", 3, "imap", "LAB"));
    auto fewer = std::make_shared<Rules>(*rules);
    fewer->names.pop_back();
    fewer->realms.pop_back();
    gate.set_rules(fewer);
    CHECK(told_within_looks(3));
}

TEST_CASE_METHOD(Campus, "what it takes to judge ten thousand people", "[unit]")
{
    constexpr std::size_t people = 10'000;
    rules->services["imap"].allow_groups.add("", "staff");
    std::vector<PersonRecord> records;
    for (std::size_t i = 0; i < people; ++i)
        records.push_back(record("person" + std::to_string(i), {"staff"}));
    begin(std::move(records));
    for (std::size_t i = 0; i < 2 * people; ++i)
        REQUIRE(hold("person" + std::to_string(i / 2), i));
    const std::clock_t began = std::clock();
    judge();
    std::cout << "live sessions: " << people << " people with " << sessions.size() << " sessions are judged in "
              << (std::clock() - began) * 1'000'000 / CLOCKS_PER_SEC << " us of processor time\n";
    CHECK(sessions.size() == 2 * people);
    CHECK(holder->calls == 0);
}

TEST_CASE_METHOD(Campus, "sessions begin and end on several threads while they are judged and kicked", "[unit]")
{
    struct Counting : SessionHolder {
        void end(std::vector<EndedSession> ended) override { count += ended.size(); }
        std::atomic<std::size_t> count{0};
    };
    const auto counting = std::make_shared<Counting>();
    std::atomic<std::size_t> held{0};
    std::atomic<bool> over{false};
    std::thread judging([&] {
        while (!over) {
            sessions.judge(*rules, now);
            sessions.kick({.realm = "CAMPUS", .person = "id-bob", .name = "bob"});
            (void)sessions.list({}, 0, 1000);
        }
    });
    std::vector<std::thread> connections;
    for (int i = 0; i < 2; ++i)
        connections.emplace_back([&] {
            for (std::uint64_t tag = 0; tag < 500; ++tag) {
                const auto alice =
                    sessions.hold({.realm = "CAMPUS", .person = "id-alice", .name = "alice", .service = "imap"},
                                  counting, tag, *rules, now);
                const auto bob =
                    sessions.hold({.realm = "CAMPUS", .person = "id-bob", .name = "bob", .service = "imap"}, counting,
                                  tag, *rules, now);
                held += bob.has_value();
                if (alice)
                    sessions.forget(*alice);
            }
        });
    for (std::thread& connection : connections)
        connection.join();
    over = true;
    judging.join();
    const std::size_t left = sessions.kick({.realm = "CAMPUS", .person = "id-bob", .name = "bob"});
    CHECK(held == 1000);
    CHECK(counting->count == 1000);
    CHECK(left <= 1000);
    CHECK(sessions.size() == 0);
}
