#pragma once

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace gatehouse::soak
{

/// Resident memory of a process in KiB, from /proc; 0 when it does not run.
std::int64_t resident_kib(pid_t pid);

/// Whether a process keeps growing: the medians of the second and of the last quarter of its samples.
struct MemoryTrend {
    std::int64_t second_quarter = 0; ///< KiB
    std::int64_t last_quarter = 0;

    /// `samples`: KiB, in the order of time, at even distances, warm-up left out. Fewer than four: all zero.
    static MemoryTrend of(const std::vector<std::int64_t>& samples);
    /// By no more than a tenth and 4 MiB: what people's logins and changes leave behind is bounded.
    bool flat() const;
};

} // namespace gatehouse::soak
