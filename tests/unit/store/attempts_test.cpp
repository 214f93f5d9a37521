#include "store/attempts.hpp"

#include "scratch.hpp"

using namespace gatehouse;
using namespace gatehouse::store;
using namespace std::chrono_literals;

namespace
{
const WallTime noon = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());

struct Node {
    explicit Node(std::int64_t writer) : attempts(writer) {}

    AttemptRow begin(WallTime now = noon) { return attempts.begin("CAMPUS", "alice", now + 15s, now).value(); }
    std::string before(const AttemptRow& row, WallTime now = noon, WallTime since = {}) const
    {
        const auto before = attempts.before(row.number, since, now);
        return std::to_string(before.wrong) + " wrong, " + std::to_string(before.under_way) + " under way";
    }

    Attempts attempts;
};

AttemptRow at_place(AttemptRow row, std::int64_t place)
{
    row.place = place;
    return row;
}

Turn begin(Store& store)
{
    return run(store.begin_attempt("CAMPUS", "alice", {}, std::chrono::system_clock::now() + 15s));
}
} // namespace

TEST_CASE("attempts of one node count in their order", "[store]")
{
    Node node(1);
    const AttemptRow first = node.begin();
    const AttemptRow second = node.begin();
    CHECK(node.before(first) == "0 wrong, 0 under way");
    CHECK(node.before(second) == "0 wrong, 1 under way");
    CHECK(node.attempts.end(first.number, AttemptEnd::wrong, 60s, noon)->state == AttemptRow::State::wrong);
    CHECK(node.before(second) == "1 wrong, 0 under way");
    CHECK(node.before(second, noon + 1s, noon + 1s) == "0 wrong, 0 under way"); // the password was changed since
    CHECK(node.before(second, noon + 60s) == "0 wrong, 0 under way");
    CHECK_FALSE(node.attempts.end(first.number, AttemptEnd::right, 60s, noon));
}

TEST_CASE("of two nodes that begin at the same moment, one sees the other", "[store]")
{
    Node a(1);
    Node b(2);
    const AttemptRow ours = a.begin();
    const AttemptRow theirs = b.begin();
    a.attempts.learn(at_place(ours, 11), noon);
    a.attempts.learn(at_place(theirs, 12), noon);
    b.attempts.learn(at_place(ours, 11), noon);
    b.attempts.learn(at_place(theirs, 12), noon);
    CHECK(a.before(ours) == "0 wrong, 0 under way");
    CHECK(b.before(theirs) == "0 wrong, 1 under way");
    // Its end keeps its place: it counts for whoever came after it, and only for them.
    b.attempts.learn(at_place(*a.attempts.end(ours.number, AttemptEnd::wrong, 60s, noon), 11), noon);
    CHECK(b.before(theirs) == "1 wrong, 0 under way");
}

TEST_CASE("without a place of its own an attempt counts all that is known", "[store]")
{
    Node a(1);
    const AttemptRow ours = a.begin();
    a.attempts.learn(at_place(Node(2).begin(), 5), noon);
    CHECK(a.before(ours) == "0 wrong, 1 under way");
}

TEST_CASE("a place of a node that died comes free when its login must have ended", "[store]")
{
    Node a(1);
    a.attempts.learn(at_place(Node(2).begin(), 1), noon);
    CHECK(a.before(a.begin(noon + 14s), noon + 14s) == "0 wrong, 1 under way");
    CHECK(a.before(a.begin(noon + 30s), noon + 30s) == "0 wrong, 0 under way");
}

TEST_CASE("a right password ends what was wrong before it began, and only that", "[store]")
{
    Node a(1);
    const AttemptRow wrong = a.begin();
    const AttemptRow late = a.begin();
    a.attempts.end(wrong.number, AttemptEnd::wrong, 60s, noon + 1s);
    const AttemptRow right = a.begin(noon + 2s);
    a.attempts.end(late.number, AttemptEnd::wrong, 60s, noon + 3s);
    a.attempts.end(right.number, AttemptEnd::right, 60s, noon + 4s);
    CHECK(a.before(a.begin(noon + 5s), noon + 5s) == "1 wrong, 0 under way");
    CHECK(a.attempts.forget("CAMPUS", "alice", noon + 6s));
    CHECK(a.before(a.begin(noon + 7s), noon + 7s) == "0 wrong, 1 under way");
    CHECK_FALSE(a.attempts.forget("CAMPUS", "nobody", noon));
}

TEST_CASE("an outage counts nothing, and all is forgotten in time", "[store]")
{
    Node a(1);
    a.attempts.end(a.begin().number, AttemptEnd::undecided, 60s, noon);
    CHECK(a.before(a.begin()) == "0 wrong, 0 under way");
    CHECK(a.attempts.size() == 1);
    a.attempts.sweep(noon + 15s);
    CHECK(a.attempts.size() == 0);
}

TEST_CASE("wrong passwords survive a restart, attempts that were under way end with their logins", "[store]")
{
    const Scratch scratch;
    {
        const auto store = opened(scratch.settings());
        for (int i = 0; i < 3; ++i)
            store->end_attempt(begin(*store).number, AttemptEnd::wrong, 60s);
        (void)run(store->begin_attempt("CAMPUS", "alice", {}, std::chrono::system_clock::now() + 200ms));
        CHECK(begin(*store).share_of == 1);
    }
    const auto store = opened(scratch.settings());
    Turn turn = begin(*store);
    CHECK(turn.wrong == 3);
    CHECK(turn.under_way <= 2);
    std::this_thread::sleep_for(250ms);
    turn = begin(*store);
    CHECK(turn.under_way == 2); // of the process before, which had 15 s, and the one above
    store->end_attempt(turn.number, AttemptEnd::right, 60s);
    CHECK(begin(*store).wrong == 0);
    store->end_attempt(begin(*store).number, AttemptEnd::wrong, 60s);
    store->forget_attempts("CAMPUS", "alice");
    CHECK(begin(*store).wrong == 0);
}
