#include "soak/memory.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

namespace gatehouse::soak
{

TEST_CASE("soak: memory that keeps growing is not flat")
{
    std::vector<std::int64_t> leaking;
    for (int i = 0; i < 100; ++i)
        leaking.push_back(60'000 + 400 * i);
    const MemoryTrend trend = MemoryTrend::of(leaking);
    CHECK(trend.second_quarter == 60'000 + 400 * 37);
    CHECK(trend.last_quarter == 60'000 + 400 * 87);
    CHECK_FALSE(trend.flat());
}

TEST_CASE("soak: memory that grows at first and then stays is flat")
{
    std::vector<std::int64_t> settling(20, 30'000);
    settling.resize(100, 60'000);
    settling.push_back(900'000); // one sample says nothing
    CHECK(MemoryTrend::of(settling).flat());
    CHECK(MemoryTrend{.second_quarter = 60'000, .last_quarter = 70'096}.flat());
    CHECK_FALSE(MemoryTrend{.second_quarter = 60'000, .last_quarter = 70'097}.flat());
}

TEST_CASE("soak: a process that runs has memory, too few samples tell nothing")
{
    CHECK(resident_kib(getpid()) > 1000);
    CHECK(resident_kib(-1) == 0);
    CHECK(MemoryTrend::of({1, 2, 3}).last_quarter == 0);
}

} // namespace gatehouse::soak
