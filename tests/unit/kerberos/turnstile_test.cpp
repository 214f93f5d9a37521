#include "kerberos/turnstile.hpp"

#include "base/blocking_pool.hpp"
#include "base/pool_call.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::kerberos;
namespace asio = boost::asio;

namespace
{
const Deadline far_away = Clock::now() + std::chrono::hours(1);
const Deadline past = Clock::now() - std::chrono::seconds(1);

/// Goes through, stays until `leave` is set, and notes its number.
Awaitable<void> go_through(Turnstile& turnstile, int number, Signal leave, std::vector<int>& order)
{
    const auto pass = co_await turnstile.enter(far_away);
    REQUIRE(pass);
    order.push_back(number);
    co_await leave.wait(far_away);
}

Awaitable<void> try_to_go_through(Turnstile& turnstile, Deadline deadline, bool& let_through)
{
    let_through = bool(co_await turnstile.enter(deadline));
}
} // namespace

TEST_CASE("a turnstile lets its number through at once, and the others in turn")
{
    asio::io_context io;
    Turnstile turnstile(2);
    std::vector<int> order;
    std::vector<Signal> leave(5);
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(io, go_through(turnstile, i, leave[static_cast<std::size_t>(i)], order), asio::detached);
    io.poll();
    CHECK(order == std::vector{0, 1});
    leave[1].set();
    io.poll();
    CHECK(order == std::vector{0, 1, 2});
    for (const Signal& signal : leave)
        signal.set();
    io.run();
    CHECK(order == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("who is not let through in time leaves the line, and nobody's place is lost")
{
    asio::io_context io;
    Turnstile turnstile(1);
    std::vector<int> order;
    const Signal leave;
    bool late = true;
    bool next = false;
    asio::co_spawn(io, go_through(turnstile, 0, leave, order), asio::detached);
    asio::co_spawn(io, try_to_go_through(turnstile, past, late), [&](std::exception_ptr) {
        asio::co_spawn(io, try_to_go_through(turnstile, far_away, next), asio::detached);
        leave.set();
    });
    io.run();
    CHECK_FALSE(late);
    CHECK(next);
}

TEST_CASE("who is destroyed while waiting, or just let through, hands the place on")
{
    Turnstile turnstile(1);
    std::vector<int> order;
    const Signal leave;
    asio::io_context io;
    {
        asio::io_context other;
        asio::co_spawn(io, go_through(turnstile, 0, leave, order), asio::detached);
        io.poll();
        asio::co_spawn(other, go_through(turnstile, 1, {}, order), asio::detached);
        other.poll();
        leave.set();
        io.run(); // number 1 has the place, and does not know it yet
    }
    bool let_through = false;
    asio::co_spawn(io, try_to_go_through(turnstile, far_away, let_through), asio::detached);
    io.restart();
    io.run();
    CHECK(let_through);
    CHECK(order == std::vector{0});
}

TEST_CASE("coroutines of several threads go through one turnstile, never too many at once")
{
    Turnstile turnstile(3);
    BlockingPool pool("tests", 4, 64);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    const auto visit = [&]() -> Awaitable<void> {
        for (int i = 0; i < 50; ++i) {
            const auto pass = co_await turnstile.enter(far_away);
            const int now_inside = ++inside;
            for (int seen = most; seen < now_inside && !most.compare_exchange_weak(seen, now_inside);)
                ;
            co_await call_until(pool, [] { return 0; }, far_away);
            --inside;
        }
        ++done;
    };
    std::vector<std::jthread> workers;
    for (int i = 0; i < 3; ++i)
        workers.emplace_back([&] {
            asio::io_context io(1);
            for (int k = 0; k < 4; ++k)
                asio::co_spawn(io, visit(), asio::detached);
            io.run();
        });
    workers.clear();
    CHECK(done == 12);
    CHECK(most <= 3);
}

TEST_CASE("a call that takes too long is left to itself, and finds nobody waiting")
{
    std::latch release(1);
    BlockingPool pool("tests", 1, 1);
    {
        asio::io_context io;
        ErrorKind kind = ErrorKind::invalid;
        asio::co_spawn(
            io,
            [&]() -> Awaitable<void> {
                const auto value = co_await call_until(
                    pool,
                    [&release] {
                        release.wait();
                        return 1;
                    },
                    past);
                kind = value.error().kind;
            },
            asio::detached);
        io.run();
        CHECK(kind == ErrorKind::deadline);
    }
    CHECK(pool.under_way() == 1);
    release.count_down();
}

TEST_CASE("a call that nobody waits for any more when its turn comes is not made")
{
    std::latch release(1);
    std::atomic<int> made{0};
    {
        BlockingPool pool("tests", 1, 2);
        REQUIRE(pool.submit([&release] { release.wait(); }));
        asio::io_context io;
        asio::co_spawn(
            io, [&]() -> Awaitable<void> { co_await call_until(pool, [&made] { return ++made; }, past); },
            asio::detached);
        io.run();
        release.count_down();
    }
    CHECK(made == 0);
}
