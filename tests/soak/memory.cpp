#include "soak/memory.hpp"

#include <algorithm>
#include <fstream>
#include <span>
#include <string>

namespace gatehouse::soak
{

namespace
{
std::int64_t median(std::span<const std::int64_t> samples)
{
    std::vector<std::int64_t> sorted(samples.begin(), samples.end());
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
}
} // namespace

std::int64_t resident_kib(pid_t pid)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;)
        if (std::int64_t kib = 0; word == "VmRSS:" && status >> kib)
            return kib;
    return 0;
}

MemoryTrend MemoryTrend::of(const std::vector<std::int64_t>& samples)
{
    const std::size_t quarter = samples.size() / 4;
    if (quarter == 0)
        return {};
    const std::span all(samples);
    return {.second_quarter = median(all.subspan(quarter, quarter)), .last_quarter = median(all.last(quarter))};
}

bool MemoryTrend::flat() const
{
    constexpr std::int64_t slack = 4096;
    return last_quarter <= second_quarter + second_quarter / 10 + slack;
}

} // namespace gatehouse::soak
