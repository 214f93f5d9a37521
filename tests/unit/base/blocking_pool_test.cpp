#include "base/blocking_pool.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

using namespace gatehouse;
namespace asio = boost::asio;

namespace
{
Awaitable<void> hold(BlockingPool& pool, std::latch& release, std::atomic<int>& done, std::atomic<int>& refused)
{
    const auto result = co_await pool.run([&] {
        release.wait();
        return 1;
    });
    if (result)
        done += *result;
    else
        ++refused;
}
} // namespace

TEST_CASE("a call runs on the pool's threads and its caller goes on where it was", "[unit]")
{
    BlockingPool pool("tests", 2, 2);
    asio::io_context context;
    std::thread::id ran_on;
    std::thread::id resumed_on;
    int value = 0;
    asio::co_spawn(
        context,
        [&]() -> Awaitable<void> {
            const auto result = co_await pool.run([&] {
                ran_on = std::this_thread::get_id();
                return 42;
            });
            value = result.value();
            resumed_on = std::this_thread::get_id();
        },
        asio::detached);
    context.run();
    REQUIRE(value == 42);
    REQUIRE(ran_on != std::this_thread::get_id());
    REQUIRE(resumed_on == std::this_thread::get_id());
    REQUIRE(pool.under_way() == 0);
}

TEST_CASE("a full pool refuses at once, and serves again when it has room", "[unit]")
{
    BlockingPool pool("slow things", 2, 3);
    REQUIRE(pool.limit() == 5);
    asio::io_context context;
    std::latch release(1);
    std::atomic<int> done = 0;
    std::atomic<int> refused = 0;
    for (int i = 0; i < 8; ++i)
        asio::co_spawn(context, hold(pool, release, done, refused), asio::detached);
    while (refused < 3)
        context.run_one();
    REQUIRE(done == 0);
    REQUIRE(pool.under_way() == 5);

    std::string text;
    ErrorKind kind = ErrorKind::invalid;
    asio::co_spawn(
        context,
        [&]() -> Awaitable<void> {
            const auto result = co_await pool.run([] { return 0; });
            kind = result.error().kind;
            text = result.error().text;
        },
        asio::detached);
    while (text.empty())
        context.run_one();
    REQUIRE(kind == ErrorKind::limit);
    REQUIRE(text.find("slow things") != std::string::npos);

    release.count_down();
    context.run();
    REQUIRE(done == 5);
    REQUIRE(refused == 3);
    REQUIRE(pool.under_way() == 0);
    context.restart();
    asio::co_spawn(context, hold(pool, release, done, refused), asio::detached);
    context.run();
    REQUIRE(done == 6);
}

TEST_CASE("a call that throws gives its place back", "[unit]")
{
    BlockingPool pool("tests", 1, 0);
    asio::io_context context;
    for (int i = 0; i < 3; ++i) {
        std::string caught;
        asio::co_spawn(
            context,
            [&]() -> Awaitable<void> {
                try {
                    (void)co_await pool.run([]() -> int { throw std::runtime_error("broken"); });
                } catch (const std::runtime_error& error) {
                    caught = error.what();
                }
            },
            asio::detached);
        context.run();
        context.restart();
        REQUIRE(caught == "broken");
        REQUIRE(pool.under_way() == 0);
    }
}

TEST_CASE("what nobody waits for runs too, within the same limit, and the end of a pool waits for it", "[unit]")
{
    std::latch release(1);
    std::atomic<int> done = 0;
    {
        BlockingPool pool("tests", 1, 1);
        const auto call = [&] {
            release.wait();
            ++done;
        };
        REQUIRE(pool.submit(call));
        REQUIRE(pool.submit(call));
        REQUIRE(pool.submit(call).error().kind == ErrorKind::limit);
        REQUIRE(pool.under_way() == 2);
        release.count_down();
    }
    REQUIRE(done == 2);
}
