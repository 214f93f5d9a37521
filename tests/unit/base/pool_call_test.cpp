#include "base/pool_call.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <latch>
#include <optional>
#include <stdexcept>

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
/// What becomes of a call on the pool.
template <class Call>
std::optional<Result<int, CallLeft>> outcome_of(BlockingPool& pool, Call call, Deadline deadline)
{
    std::optional<Result<int, CallLeft>> outcome;
    boost::asio::io_context io(1);
    boost::asio::co_spawn(
        io, [&]() -> Awaitable<void> { outcome.emplace(co_await call_or_leave(pool, std::move(call), deadline)); },
        boost::asio::detached);
    io.run();
    return outcome;
}
} // namespace

TEST_CASE("a call that was left says whether it had begun", "[unit]")
{
    std::latch begun(1);
    std::latch release(1);
    BlockingPool pool("calls of a test", 1, 4); // after the latches: it waits for the call that holds them
    const auto left = outcome_of(
        pool,
        [&] {
            begun.count_down();
            release.wait();
            return 1;
        },
        Clock::now() + 1s);
    REQUIRE(left.has_value());
    REQUIRE_FALSE(left->has_value());
    CHECK(left->error().error.kind == ErrorKind::deadline);
    begun.wait();
    CHECK(left->error().began);

    const auto waiting = outcome_of(pool, [] { return 2; }, Clock::now() + 20ms);
    REQUIRE(waiting.has_value());
    CHECK_FALSE(waiting->error().began);
    release.count_down();
}

TEST_CASE("what a call throws is thrown where it is waited for", "[unit]")
{
    BlockingPool pool("calls of a test", 1, 1);
    boost::asio::io_context io(1);
    std::string words;
    boost::asio::co_spawn(
        io,
        [&]() -> Awaitable<void> {
            try {
                co_await call_until(pool, []() -> int { throw std::runtime_error("no memory"); }, Clock::now() + 5s);
            } catch (const std::runtime_error& failure) {
                words = failure.what();
            }
        },
        boost::asio::detached);
    io.run();
    CHECK(words == "no memory");
}
