// Attempts at passwords: what nodes may do together, at the same moment, and without each other.
#include "store_postgres_nodes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <thread>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::integration;
using namespace std::chrono_literals;
using store::AttemptEnd;

namespace
{
constexpr std::uint32_t limit = 3;

bool may_go(const store::Turn& turn)
{
    return turn.wrong + turn.under_way < limit;
}
} // namespace

TEST_CASE("postgresql: attempts that three nodes begin at the same moment stay within the limit", "[store]")
{
    const SharedDatabase database;
    const std::vector<std::shared_ptr<store::Store>> nodes{database.node("a"), database.node("b"), database.node("c")};
    constexpr int people = 40;
    std::array<std::atomic<std::uint32_t>, people> gone{};
    std::mutex mutex;
    std::vector<std::chrono::microseconds> times;
    std::vector<std::thread> clients;
    for (int client = 0; client < 12; ++client)
        clients.emplace_back([&, client] {
            store::Store& node = *nodes[static_cast<std::size_t>(client) % nodes.size()];
            for (int person = 0; person < people; ++person) {
                const auto began = std::chrono::steady_clock::now();
                const store::Turn turn = begin_attempt(node, std::to_string(person));
                const auto took = std::chrono::steady_clock::now() - began;
                const bool goes = turn.share_of == 1 && may_go(turn);
                gone[static_cast<std::size_t>(person)] += goes;
                node.end_attempt(turn.number, goes ? AttemptEnd::wrong : AttemptEnd::undecided);
                const std::lock_guard lock(mutex);
                times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(took));
            }
        });
    for (std::thread& client : clients)
        client.join();
    std::ranges::sort(times);
    std::cout << "attempts: " << times.size() << " of 12 clients at 3 nodes: median " << times[times.size() / 2].count()
              << " us, 99th percentile " << times[times.size() * 99 / 100].count() << " us\n";
    for (const auto& each : gone)
        CHECK(each == limit); // no more, and nobody was turned away for nothing
    std::vector<std::chrono::microseconds> alone;
    for (int i = 0; i < 200; ++i) {
        const auto began = std::chrono::steady_clock::now();
        const auto turn = begin_attempt(*nodes[0], "alone");
        alone.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began));
        nodes[0]->end_attempt(turn.number, AttemptEnd::undecided);
    }
    std::ranges::sort(alone);
    std::cout << "attempts: one after the other: median " << alone[100].count() << " us\n";
}

TEST_CASE("postgresql: what counts at one node counts at another, and after a restart", "[store]")
{
    const SharedDatabase database;
    auto a = database.node("a");
    const auto b = database.node("b");
    a->end_attempt(begin_attempt(*a, "1").number, AttemptEnd::wrong);
    a->end_attempt(begin_attempt(*a, "1").number, AttemptEnd::undecided);
    const store::Turn held = begin_attempt(*a, "1");
    CHECK(held.wrong == 1);
    store::Turn seen = begin_attempt(*b, "1");
    CHECK(seen.wrong == 1);
    CHECK(seen.under_way == 1);
    b->end_attempt(seen.number, AttemptEnd::wrong);
    REQUIRE(settles(*b));
    a.reset();
    a = database.node("a");
    seen = begin_attempt(*a, "1");
    CHECK(seen.wrong == 2);
    CHECK(seen.under_way == 1); // of the process before, whose end nobody told
    a->forget_attempts("CAMPUS", "1");
    REQUIRE(settles(*a));
    CHECK(begin_attempt(*b, "1").wrong == 0);
    CHECK(begin_attempt(*b, "2").wrong == 0);
}

TEST_CASE("postgresql away or hanging: an attempt begins all the same, within a share", "[store]")
{
    const SharedDatabase database;
    const auto a = database.node("a");
    const auto b = database.node("b");
    REQUIRE(time_until(10s, [&] { return a->status().nodes == 2; }) < 10s);
    database.does("freeze");
    const auto hung = std::chrono::steady_clock::now();
    CHECK(begin_attempt(*a, "1").share_of == 2);
    CHECK(std::chrono::steady_clock::now() - hung < 2'500ms);
    database.does("thaw");
    REQUIRE(time_until(40s, [&] { return a->status().share_of == 1 && settles(*a); }) < 40s);
    database.does("down");
    REQUIRE(time_until(20s, [&] { return a->status().share_of == 2; }) < 20s);
    const auto away = std::chrono::steady_clock::now();
    const store::Turn turn = begin_attempt(*a, "2");
    CHECK(std::chrono::steady_clock::now() - away < 50ms);
    CHECK(turn.share_of == 2);
    a->end_attempt(turn.number, AttemptEnd::wrong);
    const auto unread = database.node("c"); // which was never there
    CHECK(begin_attempt(*unread, "2").share_of == 0);
    database.does("up");
    REQUIRE(time_until(20s, [&] { return b->status().usable && a->status().usable; }) < 20s);
    CHECK(a->status().share_of >= 2); // b may still have something to tell
    REQUIRE(time_until(40s, [&] { return a->status().share_of == 1 && b->status().share_of == 1; }) < 40s);
    CHECK(begin_attempt(*b, "2").wrong == 1);
}

TEST_CASE("postgresql: attempts that count no longer are pruned", "[store]")
{
    const SharedDatabase database;
    {
        const auto a = database.node("a");
        a->end_attempt(begin_attempt(*a, "1").number, AttemptEnd::wrong);
        a->end_attempt(begin_attempt(*a, "2").number, AttemptEnd::wrong);
    }
    CHECK(database.sql("SELECT count(*) FROM attempts") == "2");
    database.sql("UPDATE attempts SET ends = 1 WHERE id = '1'");
    const auto a = database.node("a");
    CHECK(database.sql("SELECT id FROM attempts") == "2");
}
