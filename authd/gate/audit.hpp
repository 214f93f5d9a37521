#pragma once

#include "base/result.hpp"
#include "identity/attempt.hpp"
#include "identity/directory.hpp"
#include "identity/verdict.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace gatehouse::gate
{

/// One line of JSON about one attempt, with its line end: time, service, door, listener, client, login as given,
/// canonical name, realm, mechanism, verdict, reason, server, microseconds. Never a secret: Attempt's password is not
/// read. Text that is not UTF-8 is shown as \xNN; over 256 bytes of login name are cut.
std::string audit_line(const Attempt& attempt, const Pins& pins, std::string_view login, const Verdict& verdict,
                       const Trail& trail, std::chrono::microseconds took);

struct AuditStatus {
    std::uint64_t written = 0; ///< lines since the start
    std::uint64_t waiting = 0; ///< lines in memory
    bool writable = true;
};

/// Appends audit lines to a file from a thread of its own, in batches: the first line after a pause at once, then those
/// of two milliseconds together. Lines wait in memory, at most `max_waiting` bytes; while the file cannot be written,
/// or that much waits, `writable` is false and the gate answers Unavailable. Nothing is dropped: what waits is tried
/// again each second. Thread-safe.
class AuditLog
{
public:
    static constexpr std::size_t max_waiting = 8 * 1024 * 1024;

    /// `file` is appended to, created with mode 0640; "-" is standard output. Error: `unavailable` with the file's
    /// name.
    static Result<std::unique_ptr<AuditLog>> open(std::string file);
    /// Writes what waits, for two seconds at most.
    ~AuditLog();
    AuditLog(const AuditLog&) = delete;
    AuditLog& operator=(const AuditLog&) = delete;

    /// Takes a line. False: it was not taken, and what it says must not happen.
    [[nodiscard]] bool write(std::string line);
    bool writable() const;
    AuditStatus status() const;
    /// Waits until all lines are written, for two seconds at most.
    void flush();
    /// Opens the file anew before the next batch: after rotation.
    void reopen();

private:
    AuditLog(std::string file, int fd);
    void run();
    bool write_out(std::string_view batch);
    void open_again();

    const std::string file_;
    int fd_; // the writer thread's own
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    bool writing_ = false;
    bool asleep_ = false; // the writer waits for a line
    std::string waiting_;
    std::uint64_t waiting_lines_ = 0;
    std::uint64_t written_ = 0;
    bool failing_ = false;
    bool reopen_ = false;
    bool ending_ = false;
    std::chrono::steady_clock::time_point end_by_{};
    std::thread writer_;
};

} // namespace gatehouse::gate
