#include "base/deadline.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

using namespace gatehouse;
using namespace std::chrono_literals;
using Alarm = DeadlineWheel::Alarm;

TEST_CASE("an alarm goes off once, not before its time, and the wheel then lets the context end", "[unit]")
{
    boost::asio::io_context context;
    Alarm alarm(DeadlineWheel::of(context));
    const Deadline at = Clock::now() + 120ms;
    int calls = 0;
    Deadline called{};
    alarm.arm(at, [&] {
        ++calls;
        called = Clock::now();
    });
    context.run(); // returns: nothing is armed any more
    REQUIRE(calls == 1);
    REQUIRE(called >= at);
    REQUIRE(called < at + 5s); // two ticks, and room for a loaded machine
}

TEST_CASE("a deadline in the past goes off at the next tick, the last of all deadlines never", "[unit]")
{
    for (const Deadline at : {Clock::now() - 1ms, Deadline{}, Clock::now() - std::chrono::years(1), Deadline::min()}) {
        boost::asio::io_context context;
        Alarm never(DeadlineWheel::of(context));
        never.arm(Deadline::max(), [] { FAIL("the end of time has come"); });
        Alarm alarm(DeadlineWheel::of(context));
        bool called = false;
        alarm.arm(at, [&] { called = true; });
        REQUIRE_FALSE(called); // never inside arm
        for (const Deadline give_up = Clock::now() + 5s; !called && Clock::now() < give_up;)
            context.run_one_for(100ms);
        REQUIRE(called);
    }
}

TEST_CASE("a disarmed or ended alarm stays silent, a re-armed one goes off at its last time only", "[unit]")
{
    boost::asio::io_context context;
    DeadlineWheel& wheel = DeadlineWheel::of(context);
    std::vector<int> called;
    Alarm disarmed(wheel);
    disarmed.arm(Clock::now(), [&] { called.push_back(1); });
    disarmed.disarm();
    disarmed.disarm(); // twice is harmless
    {
        Alarm ended(wheel);
        ended.arm(Clock::now(), [&] { called.push_back(2); });
    }
    Alarm rearmed(wheel);
    rearmed.arm(Clock::now(), [&] { called.push_back(3); });
    const Deadline later = Clock::now() + 200ms;
    rearmed.arm(later, [&] {
        called.push_back(4);
        REQUIRE(Clock::now() >= later);
    });
    context.run();
    REQUIRE(called == std::vector<int>{4});
}

TEST_CASE("thousands of alarms go off, each in its time, and those disarmed do not", "[unit]")
{
    boost::asio::io_context context;
    DeadlineWheel& wheel = DeadlineWheel::of(context);
    constexpr int count = 20'000;
    std::deque<Alarm> alarms;
    int early = 0;
    std::vector<int> calls(count, 0);
    const Deadline begin = Clock::now();
    for (int i = 0; i < count; ++i) {
        const Deadline at = begin + std::chrono::milliseconds(i * 7 % 500);
        alarms.emplace_back(wheel).arm(at, [&, at, i] {
            early += Clock::now() < at ? 1 : 0;
            ++calls[static_cast<std::size_t>(i)];
        });
    }
    for (int i = 0; i < count; i += 3)
        alarms[static_cast<std::size_t>(i)].disarm();
    context.run();
    REQUIRE(early == 0);
    for (int i = 0; i < count; ++i)
        if (calls[static_cast<std::size_t>(i)] != (i % 3 == 0 ? 0 : 1))
            FAIL("alarm " << i << " went off " << calls[static_cast<std::size_t>(i)] << " times");
}

TEST_CASE("an expiry may disarm, end and re-arm alarms, its own too", "[unit]")
{
    boost::asio::io_context context;
    DeadlineWheel& wheel = DeadlineWheel::of(context);
    const Deadline same = Clock::now() + 100ms; // all in one slot
    std::vector<std::unique_ptr<Alarm>> group;
    int group_calls = 0;
    for (int i = 0; i < 10; ++i) {
        group.push_back(std::make_unique<Alarm>(wheel));
        group.back()->arm(same, [&] {
            ++group_calls;
            group.clear(); // ends its own alarm and all the others, on both sides of it in the slot
        });
    }
    Alarm again(wheel);
    int again_calls = 0;
    std::move_only_function<void()> repeat = [&] {
        if (++again_calls < 3)
            again.arm(Clock::now(), [&] { repeat(); });
    };
    again.arm(same, [&] { repeat(); });
    context.run();
    REQUIRE(group_calls == 1);
    REQUIRE(again_calls == 3);
}

TEST_CASE("a deadline beyond a turn of the wheel waits for its own turn", "[unit]")
{
    boost::asio::io_context context;
    DeadlineWheel& wheel = DeadlineWheel::of(context);
    const Deadline near_by = Clock::now() + 100ms;
    const Deadline far_off = near_by + 1024 * DeadlineWheel::tick; // the same slot, a turn later
    Alarm near_alarm(wheel);
    Alarm far_alarm(wheel);
    bool near_called = false;
    bool far_called = false;
    near_alarm.arm(near_by, [&] { near_called = true; });
    far_alarm.arm(far_off, [&] { far_called = true; });
    context.run_for(1s);
    REQUIRE(near_called);
    REQUIRE_FALSE(far_called);
}

TEST_CASE("a wheel that was idle keeps time again", "[unit]")
{
    boost::asio::io_context context;
    Alarm alarm(DeadlineWheel::of(context));
    for (int i = 0; i < 3; ++i) {
        const Deadline at = Clock::now() + 60ms;
        Deadline called{};
        alarm.arm(at, [&] { called = Clock::now(); });
        context.run();
        context.restart();
        REQUIRE(called >= at);
        REQUIRE(called < at + 5s);
    }
}

TEST_CASE("the end of a context frees what armed alarms hold, and an alarm may outlive it", "[unit]")
{
    const auto held = std::make_shared<int>(0);
    auto context = std::make_optional<boost::asio::io_context>();
    Alarm alarm(DeadlineWheel::of(*context));
    alarm.arm(Clock::now() + 1h, [held] {});
    REQUIRE(held.use_count() == 2);
    context.reset();
    REQUIRE(held.use_count() == 1);
    alarm.disarm();
}
