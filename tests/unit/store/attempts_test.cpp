#include "store/attempts.hpp"

#include "scratch.hpp"

using namespace gatehouse;
using namespace gatehouse::store;
using namespace std::chrono_literals;

namespace
{
const WallTime noon = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());

AttemptTerms terms(WallTime now, std::chrono::milliseconds length = 15s, std::chrono::seconds window = 60s)
{
    return {.realm = "CAMPUS", .id = "alice", .until = now + length, .window = window};
}

struct Node {
    explicit Node(std::int64_t writer) : attempts(writer) {}

    AttemptRow begin(WallTime now = noon) { return attempts.begin(terms(now), now).value(); }
    std::optional<AttemptRow> end(const AttemptRow& row, AttemptEnd how, WallTime now = noon)
    {
        return attempts.end(row.number, how, now);
    }
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
    return run(store.begin_attempt(terms(std::chrono::system_clock::now())));
}
} // namespace

TEST_CASE("attempts of one node count in their order", "[store]")
{
    Node node(1);
    const AttemptRow first = node.begin();
    const AttemptRow second = node.begin();
    CHECK(node.before(first) == "0 wrong, 0 under way");
    CHECK(node.before(second) == "0 wrong, 1 under way");
    CHECK(node.end(first, AttemptEnd::wrong, noon)->state == AttemptRow::State::wrong);
    CHECK(node.before(second) == "1 wrong, 0 under way");
    CHECK(node.before(second, noon + 1s, noon + 1s) == "0 wrong, 0 under way"); // the password was changed since
    CHECK(node.before(second, noon + 60s) == "0 wrong, 0 under way");
    CHECK_FALSE(node.end(first, AttemptEnd::right, noon));
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
    b.attempts.learn(at_place(*a.end(ours, AttemptEnd::wrong, noon), 11), noon);
    CHECK(b.before(theirs) == "1 wrong, 0 under way");
}

TEST_CASE("without a place of its own an attempt counts all that is known", "[store]")
{
    Node a(1);
    const AttemptRow ours = a.begin();
    a.attempts.learn(at_place(Node(2).begin(), 5), noon);
    CHECK(a.before(ours) == "0 wrong, 1 under way");
}

TEST_CASE("an attempt of a node that died counts as wrong, until its window ends or a right one comes", "[store]")
{
    Node a(1);
    a.attempts.learn(at_place(Node(2).begin(), 1), noon); // for 15 s, and 60 s more
    const AttemptRow early = a.begin(noon + 14s);
    CHECK(a.before(early, noon + 14s) == "0 wrong, 1 under way");
    a.end(early, AttemptEnd::right, noon + 14s); // may have come before
    CHECK(a.before(a.begin(noon + 74s), noon + 74s) == "0 wrong, 1 under way");
    CHECK(a.before(a.begin(noon + 75s), noon + 75s) == "0 wrong, 1 under way"); // the one above
    a.attempts.learn(at_place(Node(2).begin(noon + 100s), 2), noon + 100s);
    a.attempts.sweep(noon + 150s);
    CHECK(a.attempts.size() == 1);
    a.end(a.begin(noon + 160s), AttemptEnd::right, noon + 160s);
    CHECK(a.before(a.begin(noon + 161s), noon + 161s) == "0 wrong, 0 under way");
}

TEST_CASE("a right password ends what was wrong before it began, and only that", "[store]")
{
    Node a(1);
    const AttemptRow wrong = a.begin();
    const AttemptRow late = a.begin();
    a.end(wrong, AttemptEnd::wrong, noon + 1s);
    const AttemptRow right = a.begin(noon + 2s);
    a.end(late, AttemptEnd::wrong, noon + 3s);
    a.end(right, AttemptEnd::right, noon + 4s);
    CHECK(a.before(a.begin(noon + 5s), noon + 5s) == "1 wrong, 0 under way");
    CHECK(a.attempts.forget("CAMPUS", "alice", noon + 6s));
    CHECK(a.before(a.begin(noon + 7s), noon + 7s) == "0 wrong, 1 under way");
    CHECK_FALSE(a.attempts.forget("CAMPUS", "nobody", noon));
}

TEST_CASE("an outage counts nothing, and all is forgotten in time", "[store]")
{
    Node a(1);
    a.end(a.begin(), AttemptEnd::undecided);
    CHECK(a.before(a.begin()) == "0 wrong, 0 under way");
    CHECK(a.attempts.size() == 1);
    a.attempts.sweep(noon + 75s);
    CHECK(a.attempts.size() == 0);
}

TEST_CASE("wrong passwords survive a restart, and a right one or an administrator ends them", "[store]")
{
    const Scratch scratch;
    {
        const auto store = opened(scratch.settings());
        for (int i = 0; i < 3; ++i)
            store->end_attempt(begin(*store).number, AttemptEnd::wrong);
        CHECK(begin(*store).share_of == 1); // is under way when authd ends
    }
    const auto store = opened(scratch.settings());
    Turn turn = begin(*store);
    CHECK(turn.wrong == 3);
    CHECK(turn.under_way == 1);
    store->end_attempt(turn.number, AttemptEnd::right);
    CHECK(begin(*store).wrong == 0);
    store->end_attempt(begin(*store).number, AttemptEnd::wrong);
    CHECK(begin(*store).wrong == 1);
    store->forget_attempts("CAMPUS", "alice");
    CHECK(begin(*store).wrong == 0);
}
