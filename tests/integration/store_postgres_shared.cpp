// What several nodes share while PostgreSQL is there.
#include "store_postgres_nodes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <set>
#include <thread>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::integration;
using namespace std::chrono_literals;

namespace
{
WallTime now()
{
    return std::chrono::system_clock::now();
}
} // namespace

TEST_CASE("postgresql: a mailbox name is given once among all nodes, for ever", "[store]")
{
    const SharedDatabase database;
    {
        const auto a = database.node("a");
        const auto b = database.node("b");
        CHECK(claim(*a, "1", "alice").value() == "alice");
        CHECK(time_until(1s, [&] { return b->mailbox_of("CAMPUS", "1") == "alice"; }) < 100ms);
        CHECK(claim(*b, "2", "Alice").value() == "Alice2");
        CHECK(claim(*b, "1", "alicia").value() == "alice");
        CHECK(time_until(1s, [&] { return a->mailbox_of("CAMPUS", "2") == "Alice2"; }) < 100ms);
        CHECK(claim(*a, "3", "j\xC3\xBCrgen \"\\' {},@campus.example").value() ==
              "j\xC3\xBCrgen \"\\' {},@campus.example");
    }
    const auto again = database.node("a");
    CHECK(again->mailbox_of("CAMPUS", "1") == "alice");
    CHECK(again->mailbox_of("CAMPUS", "2") == "Alice2");
    CHECK(again->mailbox_of("CAMPUS", "3") == "j\xC3\xBCrgen \"\\' {},@campus.example");
    CHECK(claim(*again, "4", "alice").value() == "alice3");
}

TEST_CASE("postgresql: a name that nodes claim at the same moment goes to one", "[store]")
{
    const SharedDatabase database;
    constexpr int each = 150;
    std::vector<std::shared_ptr<store::Store>> nodes{database.node("a"), database.node("b"), database.node("c")};
    std::vector<std::set<std::string>> own(nodes.size());
    std::atomic<int> failed = 0;
    std::vector<std::thread> claimers;
    for (std::size_t n = 0; n < nodes.size(); ++n)
        claimers.emplace_back([&, n] {
            for (int i = 0; i < each; ++i) {
                const auto name = claim(*nodes[n], std::to_string(n) + "-" + std::to_string(i), "student");
                const auto same_person = claim(*nodes[n], "same-" + std::to_string(i), "teacher");
                if (!name || !same_person || !own[n].insert(*name).second)
                    ++failed;
            }
        });
    for (std::thread& claimer : claimers)
        claimer.join();
    CHECK(failed == 0);
    std::set<std::string> all;
    for (const auto& names : own)
        all.insert(names.begin(), names.end());
    CHECK(all.size() == nodes.size() * each);
    for (const auto& node : nodes)
        REQUIRE(settles(*node));
    CHECK(database.sql("SELECT count(*) FROM mailboxes") == std::to_string(all.size() + each));
    for (int i = 0; i < each; ++i) {
        const std::string id = "same-" + std::to_string(i);
        for (const auto& node : nodes)
            CHECK(time_until(1s, [&] { return node->mailbox_of("CAMPUS", id) == nodes[0]->mailbox_of("CAMPUS", id); }) <
                  1s);
    }
}

TEST_CASE("postgresql: a step that one node counts is known to the others within 100 ms", "[store]")
{
    const SharedDatabase database;
    const auto a = database.node("a");
    const auto b = database.node("b");
    std::vector<std::chrono::milliseconds> times;
    for (std::uint64_t i = 1; i <= 40; ++i) {
        const auto& from = i % 2 == 0 ? a : b;
        const auto& to = i % 2 == 0 ? b : a;
        CHECK(count(*from, "alice", 1) == i);
        times.push_back(time_until(2s, [&] { return count(*to, "alice", 0) == i; }));
    }
    std::ranges::sort(times);
    std::cout << "counters shared: median " << times[times.size() / 2].count() << " ms, longest "
              << times.back().count() << " ms\n";
    CHECK(times[times.size() * 9 / 10] < 100ms);
    CHECK(times.back() < 2s);
    const auto later = database.node("c");
    CHECK(count(*later, "alice", 1) == 41);
}

TEST_CASE("postgresql: networks and kept bytes reach the other nodes", "[store]")
{
    const SharedDatabase database;
    const auto a = database.node("a");
    const auto b = database.node("b");
    const std::string bytes("\0\xFF\\x'\"", 6);
    a->saw_network("CAMPUS", "1", "10.1.2.0/24", now());
    CHECK(time_until(2s, [&] { return b->knows_network("CAMPUS", "1", "10.1.2.0/24", now()); }) < 2s);
    CHECK(keep(*a, "key", bytes));
    CHECK(time_until(2s, [&] { return kept(*b, "key") == bytes; }) < 2s);
    CHECK(keep(*b, "key", ""));
    CHECK(time_until(2s, [&] { return kept(*a, "key") == "(nothing)"; }) < 2s);
    // Whoever writes last wins, on all nodes.
    for (int i = 0; i < 20; ++i) {
        std::thread other([&] { (void)keep(*b, "race", "b" + std::to_string(i)); });
        (void)keep(*a, "race", "a" + std::to_string(i));
        other.join();
        CHECK(time_until(2s, [&] {
                  return kept(*a, "race") == kept(*b, "race") && kept(*a, "race").ends_with(std::to_string(i));
              }) < 2s);
    }
    CHECK(kept(*database.node("c"), "race") == kept(*a, "race"));
}

TEST_CASE("postgresql: every node knows how many there are", "[store]")
{
    const SharedDatabase database;
    const auto a = database.node("a");
    CHECK(a->status().nodes == 1);
    auto b = database.node("b");
    CHECK(b->status().nodes == 2);
    CHECK(time_until(10s, [&] { return a->status().nodes == 2; }) < 10s);
    b.reset(); // says goodbye
    CHECK(time_until(10s, [&] { return a->status().nodes == 1; }) < 10s);
    b = database.node("b");
    database.sql("UPDATE nodes SET seen = now() - interval '61 seconds' WHERE name = 'b'"); // it hangs since
    CHECK(time_until(10s, [&] { return a->status().nodes == 1; }) < 10s);
}

TEST_CASE("postgresql: old networks, old steps and forgotten bytes are pruned", "[store]")
{
    const SharedDatabase database;
    {
        const auto a = database.node("a");
        a->saw_network("CAMPUS", "1", "10.1.2.0/24", now() - std::chrono::days(31));
        a->saw_network("CAMPUS", "1", "10.1.3.0/24", now());
        count(*a, "alice", 1);
        CHECK(keep(*a, "gone", ""));
        CHECK(claim(*a, "1", "alice"));
    }
    database.sql("UPDATE counters SET bucket = bucket - 3600000 * 2; UPDATE kept SET day = day - 31");
    const auto a = database.node("a");
    CHECK(database.sql("SELECT network FROM networks") == "10.1.3.0/24");
    CHECK(database.sql("SELECT count(*) FROM counters") == "0");
    CHECK(database.sql("SELECT count(*) FROM kept") == "0");
    CHECK(a->mailbox_of("CAMPUS", "1") == "alice");
}

TEST_CASE("a store moves from SQLite to PostgreSQL and back by a backup", "[store]")
{
    const SharedDatabase database;
    const OwnFolder folder;
    const store::StoreSettings single{.file = folder / "store.db"};
    {
        const auto sqlite = store::open_store(single).value();
        for (int i = 0; i < 3'000; ++i)
            sqlite->saw_network("CAMPUS", std::to_string(i), "10.1.2.0/24", now());
        CHECK(claim(*sqlite, "1", "alice"));
        CHECK(claim(*sqlite, "2", "alice"));
        CHECK(keep(*sqlite, "key", std::string("\0\xFF", 2)));
        count(*sqlite, "alice", 7);
        REQUIRE(settles(*sqlite));
    }
    REQUIRE(store::backup_store(single, folder / "backup"));
    REQUIRE(store::restore_store(database.settings("a"), folder / "backup"));
    {
        const auto a = database.node("a");
        CHECK(a->mailbox_of("CAMPUS", "2") == "alice2");
        CHECK(a->knows_network("CAMPUS", "2999", "10.1.2.0/24", now()));
        CHECK(kept(*a, "key") == std::string("\0\xFF", 2));
        CHECK(count(*a, "alice", 0) == 7);
        CHECK(claim(*a, "3", "alice").value() == "alice3");
        const auto refused = store::restore_store(database.settings("b"), folder / "backup");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find("used by 1 authds") != std::string::npos);
        REQUIRE(store::backup_store(database.settings("b"), folder / "back"));
    }
    REQUIRE(store::restore_store({.file = folder / "other.db"}, folder / "back"));
    const auto sqlite = store::open_store({.file = folder / "other.db"}).value();
    CHECK(sqlite->mailbox_of("CAMPUS", "3") == "alice3");
    CHECK(sqlite->knows_network("CAMPUS", "0", "10.1.2.0/24", now()));
    CHECK(count(*sqlite, "alice", 0) == 7);
}
