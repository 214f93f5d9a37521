#pragma once

#include "base/deadline.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace gatehouse::bench
{

/// One login to try, and how it must end.
struct Login {
    std::string name;
    Secret password;
    bool granted = true; ///< false: it must be refused
};

/// Reads lines of NAME, tab, "granted" or "denied", tab, PASSWORD from a descriptor until its end.
/// Error: `invalid` with the line's number; `limit` when the secret memory is full.
Result<std::vector<Login>> read_logins(int fd);

/// What this program has used so far, user and system time.
double cpu_seconds();

/// The progress of one run over a list of logins: hands them out in order, checks each verdict, keeps the times.
/// Used by one thread.
class Progress
{
public:
    explicit Progress(std::vector<Login> logins);

    const std::vector<Login>& logins() const { return logins_; }
    std::size_t size() const { return logins_.size(); }

    /// The clock begins to run. Connections that live as long as the client are open by then.
    void start();
    bool more() const { return next_ < logins_.size(); }
    /// The index of the next login; it is sent now.
    std::size_t send_next();
    /// The answer to a login. Error: `invalid` when the verdict is wrong, or when that login was answered before.
    Result<void> answered(std::size_t index, bool granted);
    bool done() const { return answered_ == logins_.size(); }
    /// The login that waits for its answer the longest, for a message.
    std::string oldest_unanswered() const;

    /// One line of key=value pairs about the time from `start` to the last answer: logins, seconds, per_second, p50_us
    /// and p99_us (from sending one login to its answer), cpu_seconds (this program's own).
    std::string summary() const;

private:
    std::vector<Login> logins_;
    std::vector<Deadline> sent_;
    std::vector<std::chrono::nanoseconds> took_; ///< zero: not yet answered
    std::size_t next_ = 0;
    std::size_t answered_ = 0;
    Deadline started_{};
    Deadline ended_{};
    double cpu_at_start_ = 0;
    double cpu_at_end_ = 0;
};

} // namespace gatehouse::bench
