#include "store/write_queue.hpp"

#include <catch2/catch.hpp>

#include <poll.h>

#include <chrono>
#include <string>

using namespace gatehouse::store;
using namespace std::chrono_literals;

namespace
{
const gatehouse::WallTime now = std::chrono::system_clock::now();

bool rings(const WriteQueue& queue)
{
    pollfd waker{.fd = queue.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&waker, 1, 0) == 1;
}

StepsRow steps(const std::string& counter, std::uint64_t sum)
{
    return {counter, 60s, 1, milliseconds_of(now), sum};
}
} // namespace

TEST_CASE("what is added is taken once, and counts as waiting until it is done", "[store]")
{
    WriteQueue queue(1 << 20);
    CHECK_FALSE(rings(queue));
    REQUIRE(queue.add(Claim{"R", "1", "alice"}));
    queue.add(NetworkRow{"R", "1", "10.0.0.0/24", 1});
    CHECK(rings(queue));
    const Batch batch = queue.take(now);
    CHECK(batch.claims.size() == 1);
    CHECK(batch.networks.size() == 1);
    CHECK_FALSE(rings(queue));
    CHECK(queue.waiting() == 2);
    queue.done();
    CHECK(queue.waiting() == 0);
    CHECK(queue.take(now).empty());
}

TEST_CASE("of the same steps and the same key only the last are written", "[store]")
{
    WriteQueue queue(1 << 20);
    queue.add(steps("alice", 1));
    queue.add(steps("alice", 3));
    queue.add(steps("alice", 2)); // a thread that was overtaken
    queue.add(steps("bob", 1));
    REQUIRE(queue.add(KeptRow{"key", "old", 1, {}}));
    REQUIRE(queue.add(KeptRow{"key", "new", 1, {}}));
    const Batch batch = queue.take(now);
    REQUIRE(batch.steps.size() == 2);
    CHECK(batch.steps.front().steps == 3);
    REQUIRE(batch.kept.size() == 1);
    CHECK(batch.kept.front().bytes == "new");
}

TEST_CASE("steps that count no longer are not written", "[store]")
{
    WriteQueue queue(1 << 20);
    queue.add(steps("alice", 1));
    CHECK(queue.take(now + 2min).empty());
}

TEST_CASE("a full queue drops networks and steps, and refuses claims and kept bytes", "[store]")
{
    WriteQueue queue(10'000);
    for (int i = 0; i < 100; ++i)
        queue.add(NetworkRow{"R", "1", std::to_string(i), 1});
    CHECK(queue.waiting() > 10);
    CHECK(queue.waiting() < 50);
    CHECK(queue.waiting() + queue.dropped() == 100);
    queue.add(steps("alice", 1));
    CHECK(queue.waiting() + queue.dropped() == 101);

    int accepted = 0;
    while (queue.add(Claim{"R", std::to_string(accepted), "alice"}))
        ++accepted;
    CHECK(accepted > 10);
    CHECK_FALSE(queue.add(KeptRow{"key", "bytes", 1, {}}));
    CHECK(queue.add(Claim{"R", "x", "alice"}).error().kind == gatehouse::ErrorKind::limit);

    CHECK(queue.take(now).claims.size() == static_cast<std::size_t>(accepted));
    CHECK(queue.add(KeptRow{"key", "bytes", 1, {}})); // there is room again
}

TEST_CASE("much that waits is taken in several batches", "[store]")
{
    WriteQueue queue(32 << 20);
    for (int i = 0; i < 5'000; ++i)
        REQUIRE(queue.add(Claim{"R", std::to_string(i), "alice"}));
    std::size_t taken = 0;
    for (int batches = 0; rings(queue); ++batches) {
        REQUIRE(batches < 10);
        const Batch batch = queue.take(now);
        CHECK(batch.claims.front().id == std::to_string(taken)); // the oldest first
        taken += batch.claims.size();
        queue.done();
    }
    CHECK(taken == 5'000);
}
