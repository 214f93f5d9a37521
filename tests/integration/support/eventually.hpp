#pragma once

#include <chrono>
#include <thread>

namespace gatehouse::integration
{

/// Asks again and again until `condition` holds. False: it did not within `limit`. A limit is generous: it ends a test
/// that hangs, it measures nothing.
template <class Condition>
bool eventually(std::chrono::milliseconds limit, Condition condition)
{
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

/// What is promised of a release build. Sanitizers make everything slower by some factor.
constexpr std::chrono::milliseconds promised(std::chrono::milliseconds time)
{
#if __has_feature(address_sanitizer)
    return 3 * time;
#else
    return time;
#endif
}

/// How long `action` took.
template <class Action>
std::chrono::milliseconds time_of(Action action)
{
    const auto began = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

} // namespace gatehouse::integration
