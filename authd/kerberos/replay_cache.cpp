#include "kerberos/replay_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

namespace gatehouse::kerberos
{

using Mark = ReplayCache::Mark;

namespace
{
/// The first of a file's marks.
constexpr Mark format{'g', 'a', 't', 'e', 'h', 'o', 'u', 's', 'e', '-', 's', 'e', 'e', 'n', '-', '1'};

std::unexpected<Error> cannot(const char* what, const std::string& file)
{
    return unavailable(file + ": cannot " + what + ": " + std::strerror(errno));
}

/// For this process alone, and not to be read by others.
Result<Descriptor> open_alone(const std::string& file, int more_flags)
{
    Descriptor opened(::open(file.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | more_flags, 0600));
    struct stat status{};
    if (!opened.is_open() || ::fstat(opened.get(), &status) != 0)
        return cannot("open what was seen of tickets", file);
    if (!S_ISREG(status.st_mode))
        return unavailable(file + ": not a regular file (expected what was seen of tickets)");
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
        return cannot("lock it for this process (process.replay_cache is for one authd alone)", file);
    return opened;
}

/// Whole or not at all.
Result<void> write_mark(const Descriptor& to, const Mark& mark, const std::string& file)
{
    const ssize_t n = ::write(to.get(), mark.data(), mark.size());
    if (n == static_cast<ssize_t>(mark.size()))
        return {};
    auto failure = cannot("write", file);
    struct stat status{};
    if (n > 0 && (::fstat(to.get(), &status) != 0 || ::ftruncate(to.get(), status.st_size - n) != 0))
        return cannot("cut", file);
    return failure;
}

/// Nobody can repeat what was written into such a file.
bool is_stale(const struct stat& status)
{
    const auto written = std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
    return std::chrono::system_clock::now() - written > ReplayCache::repeatable + std::chrono::seconds(1);
}

/// The marks of a file of ours; none if it is stale or something else. What a power cut has left of a mark is no mark.
Result<std::vector<Mark>> read_marks(const Descriptor& from, std::size_t most, const std::string& file)
{
    struct stat status{};
    if (::fstat(from.get(), &status) != 0)
        return cannot("read", file);
    std::vector<Mark> marks(std::min(static_cast<std::size_t>(status.st_size) / sizeof(Mark), most + 1));
    std::size_t done = 0;
    for (const auto bytes = std::as_writable_bytes(std::span(marks)); done < bytes.size();) {
        const ssize_t n = ::pread(from.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cannot("read", file);
        if (n == 0)
            break;
        done += static_cast<std::size_t>(n);
    }
    marks.resize(done / sizeof(Mark));
    if (marks.empty() || marks.front() != format || is_stale(status))
        return std::vector<Mark>{};
    marks.erase(marks.begin());
    return marks;
}
} // namespace

Result<std::shared_ptr<ReplayCache>> ReplayCache::open(std::string file, std::size_t capacity)
{
    auto opened = open_alone(file, O_CREAT);
    if (!opened)
        return std::unexpected(std::move(opened.error()));
    const std::shared_ptr<ReplayCache> cache(new ReplayCache(std::move(file), std::move(*opened), capacity));
    if (auto loaded = cache->load(); !loaded)
        return std::unexpected(std::move(loaded.error()));
    return cache;
}

Result<void> ReplayCache::load()
{
    const Descriptor older(::open((file_ + ".older").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (older.is_open()) {
        const auto marks = read_marks(older, capacity_, file_ + ".older");
        if (!marks)
            return std::unexpected(marks.error());
        older_.insert(marks->begin(), marks->end());
    }
    const auto marks = read_marks(open_file_, capacity_, file_);
    if (!marks)
        return std::unexpected(marks.error());
    recent_.insert(marks->begin(), marks->end());
    const auto whole = marks->empty() ? 0 : (marks->size() + 1) * sizeof(Mark); // else it begins anew
    if (::ftruncate(open_file_.get(), static_cast<off_t>(whole)) != 0)
        return cannot("cut", file_);
    return whole == 0 ? write_mark(open_file_, format, file_) : Result<void>();
}

Result<bool> ReplayCache::is_first(const Mark& mark, Deadline now)
{
    const std::lock_guard lock(mutex_);
    if (recent_.contains(mark) || older_.contains(mark))
        return false;
    if (now - began_ >= repeatable)
        if (auto turned = turn(now); !turned)
            return std::unexpected(std::move(turned.error()));
    if (recent_.size() >= capacity_)
        return over_limit(std::to_string(capacity_) + " tickets were taken within " +
                          std::to_string(repeatable.count()) + " minutes, and no more can be remembered");
    recent_.insert(mark);
    if (auto kept = write_mark(open_file_, mark, file_); !kept)
        return std::unexpected(std::move(kept.error()));
    return true;
}

/// What was recent is older from now on, and what was older can be repeated no more.
Result<void> ReplayCache::turn(Deadline now)
{
    const std::string next = file_ + ".new";
    ::unlink(next.c_str());
    auto opened = open_alone(next, O_CREAT | O_EXCL);
    if (!opened)
        return std::unexpected(std::move(opened.error()));
    if (auto begun = write_mark(*opened, format, next); !begun)
        return begun;
    if (::rename(file_.c_str(), (file_ + ".older").c_str()) != 0 && errno != ENOENT)
        return cannot("rename", file_);
    if (::rename(next.c_str(), file_.c_str()) != 0)
        return cannot("rename", next);
    open_file_ = std::move(*opened);
    older_ = std::exchange(recent_, {});
    began_ = now;
    return {};
}

} // namespace gatehouse::kerberos
