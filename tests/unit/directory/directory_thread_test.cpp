#include "directory/crossing.hpp"
#include "directory/directory_thread.hpp"
#include "directory/turnstile.hpp"

#include <boost/asio/io_context.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

namespace asio = boost::asio;
using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
/// Runs `coroutine` on a worker's io_context and returns its value.
template <class T>
T run(Awaitable<T> coroutine)
{
    asio::io_context worker(1);
    std::optional<T> value;
    std::exception_ptr error;
    asio::co_spawn(worker, std::move(coroutine), [&](std::exception_ptr thrown, T result) {
        error = thrown;
        value = std::move(result);
    });
    worker.run(); // ends by itself: nothing is left behind that would keep it
    if (error)
        std::rethrow_exception(error);
    return std::move(*value);
}
} // namespace

TEST_CASE("a coroutine crosses to the directory's thread and comes home", "[unit]")
{
    DirectoryThread thread("test");
    const auto there = run([](DirectoryThread& to) -> Awaitable<bool> {
        const auto home = std::this_thread::get_id();
        const auto away = co_await cross_over(to, [&]() -> Awaitable<std::thread::id> {
            Waiter pause(to);
            co_await pause.wait(Clock::now() + 1ms);
            co_return std::this_thread::get_id();
        });
        co_return away != home&& std::this_thread::get_id() == home;
    }(thread));
    REQUIRE(there);
}

TEST_CASE("what is thrown on the directory's thread is caught at home", "[unit]")
{
    DirectoryThread thread("test");
    auto throwing = [](DirectoryThread& to) -> Awaitable<int> {
        co_return co_await cross_over(to, []() -> Awaitable<int> {
            throw std::runtime_error("there");
            co_return 0;
        });
    };
    REQUIRE_THROWS_AS(run(throwing(thread)), std::runtime_error);
}

TEST_CASE("a thousand crossings from several workers all come home", "[unit]")
{
    DirectoryThread thread("test");
    std::atomic<int> home{0};
    std::vector<std::jthread> workers;
    for (int w = 0; w < 3; ++w)
        workers.emplace_back([&] {
            asio::io_context worker(1);
            for (int i = 0; i < 1000; ++i)
                asio::co_spawn(
                    worker,
                    [&]() -> Awaitable<void> {
                        home += co_await cross_over(thread, []() -> Awaitable<int> { co_return 1; });
                    },
                    asio::detached);
            worker.run();
        });
    workers.clear();
    REQUIRE(home == 3000);
}

TEST_CASE("a wait ends by its event, by its deadline, or by the thread's end", "[unit]")
{
    DirectoryThread thread("test");
    auto waits = [](DirectoryThread& to) -> Awaitable<int> {
        return cross_over(to, [&]() -> Awaitable<int> {
            int right = 0;
            Waiter early(to);
            early.wake();
            right += co_await early.wait(Deadline::max()) ? 1 : 0;
            Waiter late(to);
            right += co_await late.wait(Clock::now()) ? 0 : 1;
            co_return right;
        });
    };
    REQUIRE(run(waits(thread)) == 2);

    std::atomic<int> stopped{0};
    asio::post(thread.context(), [&] {
        asio::co_spawn(
            thread.context(),
            [&]() -> Awaitable<void> {
                Waiter forever(thread);
                stopped += co_await forever.wait(Deadline::max()) ? 0 : 1;
                Waiter after(thread); // the thread stops: no wait begins any more
                stopped += co_await after.wait(Deadline::max()) ? 0 : 1;
            },
            asio::detached);
    });
    thread.stop();
    REQUIRE(stopped == 2);
}

TEST_CASE("a turnstile lets its number through and the others in turn", "[unit]")
{
    DirectoryThread thread("test");
    auto crowd = [](DirectoryThread& to) -> Awaitable<std::vector<int>> {
        return cross_over(to, [&]() -> Awaitable<std::vector<int>> {
            Turnstile turnstile(to, 2);
            std::vector<int> order;
            int through = 0;
            int most = 0;
            int left = 5;
            Waiter all(to);
            for (int i = 0; i < 5; ++i)
                asio::co_spawn(
                    to.context(),
                    [&, i]() -> Awaitable<void> {
                        {
                            const auto pass = co_await turnstile.enter(Clock::now() + 5s);
                            most = std::max(most, ++through);
                            order.push_back(pass ? i : -1);
                            Waiter pause(to);
                            co_await pause.wait(Clock::now() + 1ms);
                            --through;
                        }
                        if (--left == 0)
                            all.wake();
                    },
                    asio::detached);
            co_await all.wait(Clock::now() + 10s);
            order.push_back(most);
            co_return order;
        });
    };
    REQUIRE(run(crowd(thread)) == std::vector<int>{0, 1, 2, 3, 4, 2});
}

TEST_CASE("who waits too long at a turnstile, or is sent away, is not let through and blocks nobody", "[unit]")
{
    DirectoryThread thread("test");
    auto attempts = [](DirectoryThread& to) -> Awaitable<std::vector<bool>> {
        return cross_over(to, [&]() -> Awaitable<std::vector<bool>> {
            Turnstile turnstile(to, 1);
            std::vector<bool> passed;
            {
                const auto first = co_await turnstile.enter(Clock::now() + 1s);
                passed.push_back(static_cast<bool>(first));
                passed.push_back(static_cast<bool>(co_await turnstile.enter(Clock::now())));
                asio::post(to.context(), [&] { turnstile.send_away(); });
                passed.push_back(static_cast<bool>(co_await turnstile.enter(Clock::now() + 5s)));
            }
            passed.push_back(static_cast<bool>(co_await turnstile.enter(Clock::now() + 1s)));
            co_return passed;
        });
    };
    REQUIRE(run(attempts(thread)) == std::vector<bool>{true, false, false, true});
}
