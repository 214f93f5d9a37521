// What holds while PostgreSQL is away, hangs, or is not what it should be.
#include "store_postgres_nodes.hpp"

#include <catch2/catch.hpp>

#include <iostream>

using namespace gatehouse;
using namespace gatehouse::integration;
using namespace std::chrono_literals;

namespace
{
template <class Call>
std::chrono::milliseconds time_of(Call call)
{
    const auto begin = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

bool becomes(const store::Store& store, bool usable)
{
    return time_until(30s, [&] { return store.status().usable == usable; }) < 30s;
}
} // namespace

TEST_CASE("postgresql stops: nodes go on from memory, and what waited arrives when it is back", "[store]")
{
    const SharedDatabase database;
    const auto a = database.node("a");
    const auto b = database.node("b");
    CHECK(claim(*a, "1", "alice"));
    count(*a, "alice", 2);
    REQUIRE(time_until(2s, [&] { return count(*b, "alice", 0) == 2; }) < 2s);
    REQUIRE(time_until(10s, [&] { return a->status().nodes == 2; }) < 10s);
    database.does("down");
    REQUIRE(becomes(*a, false));
    REQUIRE(becomes(*b, false));
    CHECK(a->status().trouble.starts_with("PostgreSQL: "));
    CHECK(a->status().nodes == 2); // by which a caller divides its budget
    CHECK(a->status().loaded);

    CHECK(b->mailbox_of("CAMPUS", "1") == "alice");
    CHECK(time_of([&] { CHECK(claim(*a, "2", "bob").value() == "bob"); }) < 50ms);
    CHECK(time_of([&] { CHECK(claim(*b, "3", "bob").value() == "bob"); }) < 50ms); // nobody can know
    CHECK(count(*a, "alice", 1) == 3);
    CHECK(count(*b, "alice", 1) == 3);
    CHECK(keep(*a, "key", "bytes"));
    a->saw_network("CAMPUS", "1", "10.1.2.0/24", std::chrono::system_clock::now());
    CHECK(a->status().waiting >= 3);

    database.does("up");
    REQUIRE(becomes(*a, true));
    REQUIRE(becomes(*b, true));
    REQUIRE(settles(*a));
    REQUIRE(settles(*b));
    CHECK(time_until(2s, [&] { return count(*a, "alice", 0) == 4 && count(*b, "alice", 0) == 4; }) < 2s);
    CHECK(time_until(2s, [&] { return kept(*b, "key") == "bytes"; }) < 2s);
    // One of the two keeps the name, and both nodes agree who.
    CHECK(time_until(2s, [&] {
              return a->mailbox_of("CAMPUS", "2") == b->mailbox_of("CAMPUS", "2") &&
                     a->mailbox_of("CAMPUS", "3") == b->mailbox_of("CAMPUS", "3");
          }) < 2s);
    const std::string names = *a->mailbox_of("CAMPUS", "2") + " " + *a->mailbox_of("CAMPUS", "3");
    CHECK((names == "bob bob2" || names == "bob2 bob"));
    CHECK(database.sql("SELECT string_agg(name, ' ' ORDER BY id) FROM mailboxes WHERE id IN ('2', '3')") == names);
}

TEST_CASE("postgresql hangs: nobody waits longer than two seconds", "[store]")
{
    const SharedDatabase database;
    const auto a = database.node("a");
    CHECK(claim(*a, "1", "alice"));
    database.does("freeze");
    const auto claimed = time_of([&] { CHECK(claim(*a, "2", "alice").value() == "alice2"); });
    const auto counted = time_of([&] { CHECK(count(*a, "alice", 1) == 1); });
    const auto kept_bytes = time_of([&] { CHECK(keep(*a, "key", "bytes")); });
    std::cout << "frozen: claim " << claimed.count() << " ms, count " << counted.count() << " ms, keep "
              << kept_bytes.count() << " ms\n";
    CHECK(claimed < 2'500ms);
    CHECK(counted < 50ms);
    CHECK(kept_bytes < 2'500ms);
    CHECK(a->mailbox_of("CAMPUS", "2") == "alice2");
    REQUIRE(becomes(*a, false));
    CHECK(time_of([&] { CHECK(claim(*a, "3", "alice").value() == "alice3"); }) < 50ms);
    database.does("thaw");
    REQUIRE(becomes(*a, true));
    REQUIRE(settles(*a));
    CHECK(database.sql("SELECT string_agg(name, ' ' ORDER BY id) FROM mailboxes") == "alice alice2 alice3");
    CHECK(database.sql("SELECT sum(steps) FROM counters") == "1");
}

TEST_CASE("postgresql hangs while nothing is written: it is noticed, and a store can end", "[store]")
{
    const SharedDatabase database;
    auto a = database.node("a");
    database.does("freeze");
    REQUIRE(becomes(*a, false));
    CHECK(claim(*a, "1", "alice"));
    CHECK(time_of([&] { a.reset(); }) < 10s);
}

TEST_CASE("postgresql loses a node's connection: the node reads what it has missed", "[store]")
{
    const SharedDatabase database;
    const auto a = database.node("a");
    const auto b = database.node("b");
    for (int i = 0; i < 5; ++i) {
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gatehouse'");
        const std::string id = std::to_string(i);
        const auto name = claim(*a, id, "alice");
        CHECK(name);
        CHECK(time_until(20s, [&] { return b->mailbox_of("CAMPUS", id) == name.value(); }) < 20s);
        REQUIRE(settles(*a));
        REQUIRE(settles(*b));
    }
}

TEST_CASE("postgresql is away when authd starts: no name is given until it was read", "[store]")
{
    const SharedDatabase database;
    CHECK(claim(*database.node("a"), "1", "alice"));
    database.does("down");
    const auto a = database.node("a");
    CHECK_FALSE(a->status().usable);
    CHECK_FALSE(a->status().loaded);
    CHECK(a->status().trouble.find("onnection refused") != std::string::npos);
    CHECK_FALSE(a->mailbox_of("CAMPUS", "1"));
    CHECK(claim(*a, "1", "alicia").error().kind == ErrorKind::unavailable);
    CHECK(count(*a, "alice", 1) == 1);
    database.does("up");
    REQUIRE(becomes(*a, true));
    CHECK(a->status().loaded);
    CHECK(a->mailbox_of("CAMPUS", "1") == "alice");
    CHECK(claim(*a, "1", "alicia").value() == "alice");
}

TEST_CASE("postgresql is refused when it is not what it should be", "[store]")
{
    const SharedDatabase database;
    database.node("a").reset();

    store::StoreSettings wrong = database.settings("a");
    wrong.postgresql += " password=secret";
    CHECK(store::open_store(wrong).error().text.find("store.password_file") != std::string::npos);
    wrong.postgresql = "hots=127.0.0.1";
    CHECK(store::open_store(wrong).error().text.find("hots") != std::string::npos);
    wrong = database.settings("a");
    wrong.password_file = "/nowhere/password";
    CHECK(store::open_store(wrong).error().text.find("/nowhere/password") != std::string::npos);
    wrong = database.settings("a");
    wrong.password_file.clear();
    const auto no_password = store::open_store(wrong).value(); // the server may be set right while authd runs
    CHECK(no_password->status().trouble.find("password") != std::string::npos);

    database.sql("UPDATE schema_version SET version = 99");
    CHECK(store::open_store(database.settings("a")).error().text.find("has version 99, and this authd knows up to 2") !=
          std::string::npos);
    database.does("empty");
    database.sql("ALTER DATABASE gatehouse OWNER TO postgres");
    CHECK(store::open_store(database.settings("a")).error().text.find("must belong to the role") != std::string::npos);
}
