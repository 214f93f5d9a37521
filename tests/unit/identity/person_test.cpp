#include "identity/person.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace gatehouse;
using namespace std::chrono_literals;

TEST_CASE("a moment beyond what a time can hold is the nearest end", "[unit]")
{
    using std::chrono::sys_days;
    using std::chrono::sys_seconds;
    constexpr auto far = std::numeric_limits<std::int64_t>::max();
    REQUIRE(wall_time(sys_seconds(1s)) == WallTime(1s));
    REQUIRE(wall_time(sys_days(2261y / 12 / 31)) < WallTime::max());
    REQUIRE(wall_time(sys_days(9999y / 12 / 31)) == WallTime::max());
    REQUIRE(wall_time(sys_days(1y / 1 / 1)) == WallTime::min());
    REQUIRE(wall_time(sys_seconds(std::chrono::seconds(far))) == WallTime::max());
    REQUIRE(wall_time(sys_seconds(std::chrono::seconds(-far))) == WallTime::min());
}
