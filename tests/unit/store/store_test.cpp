#include "scratch.hpp"
#include "store/sqlite_connection.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::store;
using namespace std::chrono_literals;

namespace
{
WallTime now()
{
    return std::chrono::system_clock::now();
}

std::int64_t number(const std::string& file, std::string_view sql)
{
    const auto connection = sure(SqliteConnection::open(file, false));
    return sure(connection.number(sql));
}
} // namespace

TEST_CASE("a mailbox name is given once, for ever", "[store]")
{
    const Scratch scratch;
    {
        const auto store = opened(scratch.settings());
        CHECK_FALSE(store->mailbox_of("CAMPUS", "1"));
        CHECK(claim(*store, "1", "alice") == "alice");
        CHECK(store->mailbox_of("CAMPUS", "1") == "alice");
        CHECK(claim(*store, "1", "alicia") == "alice"); // renamed
        CHECK(claim(*store, "2", "alice") == "alice2");
        CHECK(claim(*store, "3", "ALICE") == "ALICE3");
        CHECK(claim(*store, "4", "alice2") == "alice22");
        CHECK(claim(*store, "5", "alice@campus.example") == "alice@campus.example");
        CHECK(claim(*store, "6", "Alice@Campus.example") == "Alice2@Campus.example");
        CHECK(sure(run(store->claim_mailbox("LAB", "1", "alice"))) == "alice4"); // another realm's person
    }
    const auto store = opened(scratch.settings());
    CHECK(store->mailbox_of("CAMPUS", "1") == "alice");
    CHECK(store->mailbox_of("CAMPUS", "3") == "ALICE3");
    CHECK(store->mailbox_of("LAB", "1") == "alice4");
    CHECK(claim(*store, "7", "alice") == "alice5"); // nobody came back to claim the others: they stay taken
    CHECK(claim(*store, "2", "bob") == "alice2");
}

TEST_CASE("what cannot be stored is refused, not shortened", "[store]")
{
    const Scratch scratch;
    const auto store = opened(scratch.settings());
    const std::string big(1025, 'x');
    const std::string with_nul("a\0b", 3);
    for (const std::string& wrong : {std::string(), big, with_nul, std::string("\xFF")}) {
        CHECK(run(store->claim_mailbox("CAMPUS", "1", wrong)).error().kind == ErrorKind::invalid);
        CHECK(run(store->claim_mailbox("CAMPUS", wrong, "alice")).error().kind == ErrorKind::invalid);
        CHECK(run(store->claim_mailbox(wrong, "1", "alice")).error().kind == ErrorKind::invalid);
        CHECK(run(store->count(wrong, 60s, 1)).error().kind == ErrorKind::invalid);
        CHECK(run(store->keep(wrong, "bytes")).error().kind == ErrorKind::invalid);
        store->saw_network("CAMPUS", "1", wrong, now());
    }
    CHECK_FALSE(run(store->count("key", 0s, 1)));
    CHECK_FALSE(run(store->count("key", std::chrono::days(32), 1)));
    CHECK(run(store->keep("key", std::string(65'537, 'x'))).error().kind == ErrorKind::limit);
    CHECK(comes_to_rest(*store));
    CHECK(store->status().usable);
    CHECK(claim(*store, "1", "alice") == "alice");
}

TEST_CASE("names that many claim at once are given to one each", "[store]")
{
    const Scratch scratch;
    constexpr int threads = 6;
    constexpr int each = 150;
    std::vector<std::vector<std::string>> names(threads);
    std::atomic<int> failed = 0;
    {
        const auto store = opened(scratch.settings());
        std::vector<std::thread> claimers;
        for (int t = 0; t < threads; ++t)
            claimers.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    // Every other id is one that all threads claim for.
                    const std::string id = i % 2 == 0 ? std::to_string(i) : std::to_string(t) + "-" + std::to_string(i);
                    auto name = run(store->claim_mailbox("CAMPUS", id, "student"));
                    if (!name || store->mailbox_of("CAMPUS", id) != *name)
                        ++failed;
                    names[static_cast<std::size_t>(t)].push_back(name.value_or(""));
                }
            });
        for (std::thread& claimer : claimers)
            claimer.join();
    }
    CHECK(failed == 0);
    std::set<std::string> given;
    for (const auto& of_thread : names)
        given.insert(of_thread.begin(), of_thread.end());
    CHECK(given.size() == each / 2 + threads * each / 2);
    for (int i = 0; i < each; i += 2)
        for (const auto& of_thread : names)
            CHECK(of_thread[static_cast<std::size_t>(i)] == names[0][static_cast<std::size_t>(i)]);
    CHECK(number(scratch / "store.db", "SELECT count(*) FROM mailboxes") == static_cast<std::int64_t>(given.size()));
    const auto again = opened(scratch.settings());
    for (int i = 0; i < each; i += 2)
        CHECK(again->mailbox_of("CAMPUS", std::to_string(i)) == names[0][static_cast<std::size_t>(i)]);
}

TEST_CASE("claims of one thread wait for the disk together", "[store]")
{
    const Scratch scratch;
    const auto store = opened(scratch.settings());
    boost::asio::io_context context;
    std::set<std::string> names;
    for (int i = 0; i < 2'000; ++i)
        boost::asio::co_spawn(
            context, store->claim_mailbox("CAMPUS", std::to_string(i), "student"),
            [&](const std::exception_ptr&, Result<std::string> name) { names.insert(name.value_or("")); });
    context.run();
    CHECK(names.size() == 2'000);
    CHECK(names.contains("student2000"));
}

TEST_CASE("networks are remembered over a restart, for 30 days", "[store]")
{
    const Scratch scratch;
    const std::string rows = "SELECT count(*) FROM networks";
    {
        const auto store = opened(scratch.settings());
        CHECK_FALSE(store->knows_network("CAMPUS", "1", "10.1.2.0/24", now()));
        store->saw_network("CAMPUS", "1", "10.1.2.0/24", now());
        store->saw_network("CAMPUS", "1", "10.1.2.0/24", now());
        CHECK(store->status().waiting <= 1); // the second login of a day writes nothing
        CHECK(store->knows_network("CAMPUS", "1", "10.1.2.0/24", now()));
        CHECK(store->knows_network("CAMPUS", "1", "10.1.2.0/24", now() + std::chrono::days(30)));
        CHECK_FALSE(store->knows_network("CAMPUS", "1", "10.1.2.0/24", now() + std::chrono::days(31)));
        store->saw_network("CAMPUS", "2", "2001:db8::/64", now() - std::chrono::days(31));
        store->saw_network("CAMPUS", "3", "10.9.9.0/24", now() - std::chrono::days(29));
    }
    CHECK(number(scratch / "store.db", rows) == 3);
    {
        const auto store = opened(scratch.settings());
        CHECK(store->knows_network("CAMPUS", "1", "10.1.2.0/24", now()));
        CHECK(store->knows_network("CAMPUS", "3", "10.9.9.0/24", now()));
        CHECK_FALSE(store->knows_network("CAMPUS", "2", "2001:db8::/64", now()));
    }
    CHECK(number(scratch / "store.db", rows) == 2); // what is too old is pruned
}

TEST_CASE("counters go on after a restart", "[store]")
{
    const Scratch scratch;
    {
        const auto store = opened(scratch.settings());
        CHECK(count(*store, "alice", 1h, 2) == 2);
        CHECK(count(*store, "alice", 1h, 3) == 5);
        CHECK(count(*store, "bob", 1h, 0) == 0);
    }
    const auto store = opened(scratch.settings());
    CHECK(count(*store, "alice", 1h, 0) == 5);
    CHECK(count(*store, "alice", 1h, 1) == 6);
}

TEST_CASE("steps of many threads are all counted", "[store]")
{
    const Scratch scratch;
    const auto store = opened(scratch.settings());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i)
                (void)run(store->count("alice", 1h, 1));
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(count(*store, "alice", 1h, 0) == 2'000);
}

TEST_CASE("kept bytes come back, also after a restart", "[store]")
{
    const Scratch scratch;
    const std::string bytes("\0\xFF\n'", 4);
    const std::string big(65'536, 'x');
    {
        const auto store = opened(scratch.settings());
        CHECK_FALSE(sure(run(store->kept("key"))));
        CHECK(run(store->keep("key", "old")));
        CHECK(run(store->keep("key", bytes)));
        CHECK(run(store->keep("big", big)));
        CHECK(run(store->keep("gone", "bytes")));
        CHECK(run(store->keep("gone", "")));
        CHECK(sure(run(store->kept("key"))) == bytes);
        CHECK_FALSE(sure(run(store->kept("gone"))));
    }
    const auto store = opened(scratch.settings());
    CHECK(sure(run(store->kept("key"))) == bytes);
    CHECK(sure(run(store->kept("big"))) == big);
    CHECK_FALSE(sure(run(store->kept("gone"))));
}
