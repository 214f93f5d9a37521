#include "gate/audit.hpp"

#include "base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::gate
{

namespace
{
constexpr std::chrono::milliseconds gather_for{2}; // under load, a system call and a wake-up for many lines
constexpr std::chrono::milliseconds retry_after{1000};
constexpr std::chrono::milliseconds retry_at_end{100};
constexpr std::chrono::seconds flush_at_end{2};

int open_for_append(const std::string& file)
{
    return file == "-" ? ::dup(STDOUT_FILENO) : ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}
} // namespace

Result<std::unique_ptr<AuditLog>> AuditLog::open(std::string file)
{
    const int fd = open_for_append(file);
    if (fd < 0)
        return unavailable("audit: cannot open " + file + ": " + std::strerror(errno));
    return std::unique_ptr<AuditLog>(new AuditLog(std::move(file), fd));
}

AuditLog::AuditLog(std::string file, int fd) : file_(std::move(file)), fd_(fd), writer_([this] { run(); }) {}

AuditLog::~AuditLog()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        end_by_ = std::chrono::steady_clock::now() + flush_at_end;
    }
    wake_.notify_one();
    writer_.join();
    if (fd_ >= 0)
        ::close(fd_);
}

bool AuditLog::write(std::string line)
{
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() + line.size() > max_waiting)
            return false;
        waiting_ += line;
        ++waiting_lines_;
        if (!std::exchange(asleep_, false))
            return true;
    }
    wake_.notify_one();
    return true;
}

bool AuditLog::writable() const
{
    const std::lock_guard lock(mutex_);
    return !failing_ && waiting_.size() < max_waiting;
}

AuditStatus AuditLog::status() const
{
    const std::lock_guard lock(mutex_);
    return {.written = written_, .waiting = waiting_lines_, .writable = !failing_ && waiting_.size() < max_waiting};
}

void AuditLog::flush()
{
    std::unique_lock lock(mutex_);
    idle_.wait_for(lock, flush_at_end, [this] { return waiting_.empty() && !writing_; });
}

void AuditLog::reopen()
{
    const std::lock_guard lock(mutex_);
    reopen_ = true;
    wake_.notify_one();
}

void AuditLog::run()
{
    std::string batch;
    std::uint64_t lines = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        if (batch.empty()) {
            writing_ = false;
            idle_.notify_all();
            wake_.wait_for(lock, gather_for, [this] { return reopen_ || ending_; });
            asleep_ = waiting_.empty();
            wake_.wait(lock, [this] { return !waiting_.empty() || reopen_ || ending_; });
            asleep_ = false;
            batch.swap(waiting_);
            writing_ = true;
            lines = std::exchange(waiting_lines_, 0);
        }
        const bool anew = std::exchange(reopen_, false);
        lock.unlock();
        if (anew || fd_ < 0)
            open_again();
        const bool done = write_out(batch);
        lock.lock();
        if (failing_ && done)
            log::info("audit: {} can be written again", file_);
        failing_ = !done;
        if (done) {
            written_ += std::exchange(lines, 0);
            batch.clear();
        }
        const bool late = ending_ && std::chrono::steady_clock::now() >= end_by_;
        if (ending_ && (late || (done && waiting_.empty())))
            break;
        if (!done)
            wake_.wait_for(lock, ending_ ? retry_at_end : retry_after);
    }
    if (!batch.empty() || !waiting_.empty())
        log::error("audit: {}: {} lines could not be written before the end", file_, lines + waiting_lines_);
}

/// Writes the batch whole or not at all: what a failed write left behind is cut off again where the file allows it.
bool AuditLog::write_out(std::string_view batch)
{
    std::size_t done = 0;
    while (done < batch.size()) {
        const ssize_t n = ::write(fd_, batch.data() + done, batch.size() - done);
        if (n >= 0) {
            done += static_cast<std::size_t>(n);
            continue;
        }
        if (errno == EINTR)
            continue;
        if (!failing_) // only this thread changes it
            log::error("audit: cannot write {}: {}; logins are unavailable until it can be written", file_,
                       std::strerror(errno));
        const off_t size = ::lseek(fd_, 0, SEEK_END);
        if (done > 0 && size >= static_cast<off_t>(done) && ::ftruncate(fd_, size - static_cast<off_t>(done)) != 0)
            log::warn("audit: {}: a line may be there twice", file_);
        return false;
    }
    return true;
}

void AuditLog::open_again()
{
    const int fd = open_for_append(file_);
    if (fd < 0) {
        log::error("audit: cannot open {}: {}", file_, std::strerror(errno));
        return; // the old file goes on
    }
    if (fd_ >= 0)
        ::close(fd_);
    fd_ = fd;
}

} // namespace gatehouse::gate
