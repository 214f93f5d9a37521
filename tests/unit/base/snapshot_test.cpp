#include "base/snapshot.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

using namespace gatehouse;

TEST_CASE("readers keep what they took, and see values whole while they are replaced", "[unit]")
{
    Snapshot<std::vector<int>> snapshot(std::make_shared<std::vector<int>>(100, 0));
    const auto first = snapshot.get();
    std::atomic<bool> torn = false;
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                const auto value = snapshot.get();
                torn = torn || std::ranges::count(*value, value->front()) != 100;
            }
        });
    for (int i = 1; i <= 2'000; ++i)
        snapshot.set(std::make_shared<std::vector<int>>(100, i));
    readers.clear();
    REQUIRE_FALSE(torn);
    REQUIRE(first->front() == 0);
    REQUIRE(snapshot.get()->front() == 2'000);
    REQUIRE(first.use_count() == 1); // the snapshot let go of it
}
