#include "kerberos/replay_cache.hpp"

#include "../scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

using namespace gatehouse;
using namespace gatehouse::kerberos;
using namespace std::chrono_literals;

namespace
{
/// A file of this test's own, and what is beside it.
class Scratch
{
public:
    std::string file(const char* end = "") const { return (folder_ / "replay") + end; }
    std::shared_ptr<ReplayCache> open(std::size_t capacity = 100) const
    {
        auto opened = ReplayCache::open(file(), capacity);
        if (!opened)
            FAIL(opened.error().text);
        return std::move(*opened);
    }
    void append(std::string_view bytes) const { std::ofstream(file(), std::ios::app) << bytes; }

private:
    ScratchFolder folder_;
};

ReplayCache::Mark mark(std::uint8_t number)
{
    ReplayCache::Mark mark{};
    mark.fill(number);
    return mark;
}

/// What the process writes stops there, as on a full disk.
class FileLimit
{
public:
    explicit FileLimit(rlim_t bytes)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit here{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &here);
    }
    ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
};

const Deadline now = Clock::now();
} // namespace

TEST_CASE("replay cache: a mark is new once, for the next process, too", "[unit]")
{
    const Scratch scratch;
    {
        const auto cache = scratch.open();
        CHECK(cache->is_first(mark(1), now).value());
        CHECK(cache->is_first(mark(2), now).value());
        CHECK_FALSE(cache->is_first(mark(1), now).value());
    }
    const auto next = scratch.open();
    CHECK_FALSE(next->is_first(mark(1), now).value());
    CHECK_FALSE(next->is_first(mark(2), now).value());
    CHECK(next->is_first(mark(3), now).value());
}

TEST_CASE("replay cache: a mark is remembered for 10 minutes at least and 20 at most", "[unit]")
{
    const Scratch scratch;
    const Deadline later = now + 11min;
    {
        const auto cache = scratch.open();
        CHECK(cache->is_first(mark(1), now + 9min).value());
        CHECK(cache->is_first(mark(2), later).value()); // a new file begins
        CHECK_FALSE(cache->is_first(mark(1), later).value());
        CHECK(std::filesystem::exists(scratch.file(".older")));
    }
    {
        const auto next = scratch.open(); // it has both files
        CHECK_FALSE(next->is_first(mark(1), now).value());
        CHECK_FALSE(next->is_first(mark(2), now).value());
    }
    const auto cache = scratch.open();
    CHECK(cache->is_first(mark(3), later).value());
    CHECK(cache->is_first(mark(1), later).value()); // this was in the older file
    CHECK(cache->is_first(mark(4), later + 11min).value());
    CHECK(cache->is_first(mark(2), later + 11min).value());
    CHECK_FALSE(cache->is_first(mark(1), later + 11min).value());
}

TEST_CASE("replay cache: what lies in a file for longer than anybody can repeat it is not read", "[unit]")
{
    const Scratch scratch;
    CHECK(scratch.open()->is_first(mark(1), now).value());
    std::filesystem::last_write_time(scratch.file(), std::filesystem::file_time_type::clock::now() - 11min);
    CHECK(scratch.open()->is_first(mark(1), now).value());
    CHECK(std::filesystem::file_size(scratch.file()) == 32);
}

TEST_CASE("replay cache: half a mark at a file's end is dropped, and a file of something else begins anew", "[unit]")
{
    const Scratch scratch;
    CHECK(scratch.open()->is_first(mark(1), now).value());
    scratch.append("half");
    {
        const auto cache = scratch.open();
        CHECK_FALSE(cache->is_first(mark(1), now).value());
        CHECK(cache->is_first(mark(2), now).value());
    }
    CHECK_FALSE(scratch.open()->is_first(mark(2), now).value());

    std::filesystem::remove(scratch.file());
    scratch.append(std::string(1000, 'x'));
    CHECK(scratch.open()->is_first(mark(1), now).value());
    CHECK_FALSE(scratch.open()->is_first(mark(1), now).value());
}

TEST_CASE("replay cache: one process has the file, and it is a file", "[unit]")
{
    const Scratch scratch;
    const auto cache = scratch.open();
    const auto second = ReplayCache::open(scratch.file());
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error().text, Catch::StartsWith(scratch.file() + ": cannot lock it"));
    std::filesystem::create_symlink(scratch.file(), scratch.file("-link"));
    CHECK_FALSE(ReplayCache::open(scratch.file("-link")));
    std::filesystem::create_directory(scratch.file("-folder"));
    CHECK_FALSE(ReplayCache::open(scratch.file("-folder")));
    CHECK_FALSE(ReplayCache::open(scratch.file("-folder/none/replay")));
    CHECK_FALSE(ReplayCache::open("/dev/null"));
}

TEST_CASE("replay cache: where no more can be remembered nothing is new", "[unit]")
{
    const Scratch scratch;
    const auto cache = scratch.open(2);
    CHECK(cache->is_first(mark(1), now).value());
    CHECK(cache->is_first(mark(2), now).value());
    const auto third = cache->is_first(mark(3), now);
    REQUIRE_FALSE(third);
    CHECK(third.error().kind == ErrorKind::limit);
    CHECK_FALSE(cache->is_first(mark(1), now).value());
    CHECK(cache->is_first(mark(3), now + 11min).value());
}

TEST_CASE("replay cache: a disk that takes half a mark or none is an error, and leaves whole marks", "[unit]")
{
    const Scratch scratch;
    {
        const auto cache = scratch.open();
        CHECK(cache->is_first(mark(1), now).value());
        {
            const FileLimit limit(40);
            const auto second = cache->is_first(mark(2), now);
            REQUIRE_FALSE(second);
            CHECK(second.error().kind == ErrorKind::unavailable);
            CHECK(std::filesystem::file_size(scratch.file()) == 32);
            const FileLimit nothing(0);
            CHECK_FALSE(cache->is_first(mark(3), now));
            CHECK_FALSE(cache->is_first(mark(4), now + 11min)); // no new file, either
            CHECK_FALSE(cache->is_first(mark(1), now + 11min).value());
        }
        CHECK(cache->is_first(mark(4), now + 11min).value());
        CHECK_FALSE(cache->is_first(mark(1), now + 11min).value());
    }
    const auto next = scratch.open();
    CHECK_FALSE(next->is_first(mark(1), now).value());
    CHECK_FALSE(next->is_first(mark(4), now).value());
}
