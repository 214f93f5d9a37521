#pragma once

#include "base/deadline.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

namespace gatehouse::kerberos
{

/// What was accepted lately, so that a recorded message lets nobody in a second time (RFC 4120 section 3.2.3). It is
/// held in memory, and in a file for the next process: libkrb5's own cache reads and locks a file some twenty times a
/// login, on a thread that serves others, too. Thread-safe; a call takes microseconds and one write.
class ReplayCache
{
public:
    /// Of two contexts it is the same only when one of them replays the other: `mark_of` (kerberos/context_mark.hpp).
    using Mark = std::array<std::uint8_t, 16>;

    /// libkrb5 takes messages made within 5 minutes of now, so that one can be repeated for 10. Marks are remembered
    /// for that long at least, and for twice as long at most.
    static constexpr std::chrono::minutes repeatable{10};
    /// Within `repeatable`. Room for 1,600 logins a second; some 50 MB.
    static constexpr std::size_t max_marks = 1'000'000;

    /// Takes over what an earlier process has left in `file` and `file`.older. Error: `unavailable` when the file
    /// cannot be read, written or locked.
    static Result<std::shared_ptr<ReplayCache>> open(std::string file, std::size_t capacity = max_marks);

    /// False: it was seen before. Error: `limit` when there are too many, `unavailable` when the file takes no more;
    /// the context must not be accepted then.
    Result<bool> is_first(const Mark& mark, Deadline now);

private:
    struct Hash { // a mark is a digest already
        using is_avalanching = void;
        std::size_t operator()(const Mark& mark) const noexcept
        {
            std::size_t value = 0;
            std::memcpy(&value, mark.data(), sizeof value);
            return value;
        }
    };
    using Marks = boost::unordered_flat_set<Mark, Hash>;

    ReplayCache(std::string file, Descriptor open_file, std::size_t capacity)
        : file_(std::move(file)), capacity_(capacity), open_file_(std::move(open_file))
    {
    }
    Result<void> load();
    Result<void> turn(Deadline now);

    const std::string file_;
    const std::size_t capacity_;
    std::mutex mutex_;
    Descriptor open_file_;
    Deadline began_ = Clock::now(); // of `recent_`
    Marks recent_;
    Marks older_;
};

} // namespace gatehouse::kerberos
