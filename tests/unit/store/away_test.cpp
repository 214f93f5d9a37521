// What the store does while its database cannot be written. Here another program holds the file's lock.
#include "scratch.hpp"
#include "store/sqlite_connection.hpp"

#include <thread>

using namespace gatehouse;
using namespace gatehouse::store;
using namespace std::chrono_literals;

namespace
{
/// Keeps others from writing to a store until it commits.
class Intruder
{
public:
    explicit Intruder(const std::string& file) : connection_(sure(SqliteConnection::open(file, false)))
    {
        run("BEGIN IMMEDIATE");
    }
    void run(const std::string& sql) const
    {
        const auto done = connection_.execute(sql.c_str());
        if (!done)
            FAIL(done.error().text);
    }

private:
    SqliteConnection connection_;
};

/// Has the store notice that its database is away.
void be_away(Store& store)
{
    store.saw_network("CAMPUS", "0", "192.0.2.0/24", std::chrono::system_clock::now());
    REQUIRE(comes_true([&] { return !store.status().usable; }));
}
} // namespace

TEST_CASE("while the database is away memory answers and writes wait", "[store]")
{
    const Scratch scratch;
    {
        const auto store = opened(scratch.settings());
        CHECK(claim(*store, "1", "alice") == "alice");
        CHECK(count(*store, "alice", 1h, 1) == 1);
        REQUIRE(comes_to_rest(*store));
        const Intruder intruder(scratch / "store.db");
        be_away(*store);
        CHECK(store->status().trouble.find("store.db: another program has locked it") != std::string::npos);
        CHECK(store->status().loaded);

        CHECK(store->mailbox_of("CAMPUS", "1") == "alice");
        CHECK(claim(*store, "2", "alice") == "alice2");
        CHECK(store->mailbox_of("CAMPUS", "2") == "alice2");
        CHECK(claim(*store, "2", "bob") == "alice2");
        CHECK(count(*store, "alice", 1h, 1) == 2);
        CHECK(run(store->keep("key", "bytes")));
        CHECK(sure(run(store->kept("key"))) == "bytes");
        CHECK(store->status().waiting == 4);

        intruder.run("COMMIT");
        CHECK(comes_true([&] { return store->status().usable; }));
        CHECK(comes_to_rest(*store));
        CHECK(store->status().trouble.empty());
    }
    const auto store = opened(scratch.settings());
    CHECK(store->mailbox_of("CAMPUS", "2") == "alice2");
    CHECK(store->knows_network("CAMPUS", "0", "192.0.2.0/24", std::chrono::system_clock::now()));
    CHECK(count(*store, "alice", 1h, 0) == 2);
    CHECK(sure(run(store->kept("key"))) == "bytes");
}

TEST_CASE("a name that was given elsewhere while the database was away stays with its owner there", "[store]")
{
    const Scratch scratch;
    const auto store = opened(scratch.settings());
    CHECK(claim(*store, "1", "bob") == "bob");
    const Intruder intruder(scratch / "store.db");
    be_away(*store);
    CHECK(claim(*store, "2", "alice") == "alice");
    CHECK(claim(*store, "3", "carol") == "carol");
    intruder.run("INSERT INTO mailboxes VALUES ('CAMPUS', '9', 'Alice', 'alice'), ('CAMPUS', '8', 'alice2', 'alice2'), "
                 "('CAMPUS', '3', 'carol-before', 'carol-before'); COMMIT");
    REQUIRE(comes_true([&] { return store->status().usable; }));
    REQUIRE(comes_to_rest(*store));
    CHECK(store->mailbox_of("CAMPUS", "2") == "alice3");
    CHECK(store->mailbox_of("CAMPUS", "3") == "carol-before");
    CHECK(claim(*store, "4", "alice") == "alice4");
}

TEST_CASE("who claims when the database hangs gets memory's answer after a moment", "[store]")
{
    const Scratch scratch;
    const auto store = opened(scratch.settings());
    const Intruder intruder(scratch / "store.db");
    const auto begin = std::chrono::steady_clock::now();
    CHECK(claim(*store, "1", "alice") == "alice");
    CHECK(std::chrono::steady_clock::now() - begin < 3s);
    CHECK(store->mailbox_of("CAMPUS", "1") == "alice");
}

TEST_CASE("a claim is refused when too many wait, never lost in silence", "[store]")
{
    const Scratch scratch;
    const std::string rest(1'000, 'x');
    std::size_t given = 0;
    {
        const auto store = opened(scratch.settings());
        const Intruder intruder(scratch / "store.db");
        be_away(*store);
        Result<std::string> last;
        for (; last && given < 50'000; ++given) {
            const std::string number = std::to_string(given);
            last = run(store->claim_mailbox("CAMPUS", number + rest, "student" + number + rest));
        }
        REQUIRE_FALSE(last);
        CHECK(last.error().kind == ErrorKind::limit);
        --given;
        CHECK(given > 5'000);
        CHECK_FALSE(store->mailbox_of("CAMPUS", std::to_string(given) + rest));
        CHECK(store->mailbox_of("CAMPUS", std::to_string(given - 1) + rest));
        intruder.run("COMMIT");
        CHECK(comes_true([&] { return store->status().usable; }));
        CHECK(comes_to_rest(*store));
        // The name that could not be claimed is nobody's.
        const std::string wanted = "student" + std::to_string(given) + rest;
        CHECK(claim(*store, "another", wanted) == wanted);
    }
    const auto store = opened(scratch.settings());
    for (std::size_t i = 0; i < given; ++i)
        REQUIRE(store->mailbox_of("CAMPUS", std::to_string(i) + rest) == "student" + std::to_string(i) + rest);
}
