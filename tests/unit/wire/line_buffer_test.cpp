#include "wire/line_buffer.hpp"

#include "pieces.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::test;
using wire::LineBuffer;
using wire::LineEnd;
using wire::WireError;

namespace
{
std::vector<std::string> drain(LineBuffer& lines)
{
    std::vector<std::string> taken;
    while (auto line = lines.next())
        taken.emplace_back(line->view());
    return taken;
}
} // namespace

TEST_CASE("lines come out the same however they arrive, an open one waits", "[unit]")
{
    const std::string stream("one\ntwo\r\n\n\0x\nopen", 17);
    const std::vector<std::string> expected = {"one", "two\r", "", std::string("\0x", 2)};
    for (const auto& pieces : ways_to_arrive(stream)) {
        LineBuffer lines(5);
        std::vector<std::string> taken;
        for (const auto piece : pieces) {
            REQUIRE(lines.feed(bytes_of(piece)));
            for (auto& line : drain(lines))
                taken.push_back(std::move(line));
        }
        REQUIRE(taken == expected);
        REQUIRE(lines.partial());
        REQUIRE(lines.feed(bytes_of("\n")));
        REQUIRE(drain(lines) == std::vector<std::string>{"open"});
        REQUIRE_FALSE(lines.partial());
    }
}

TEST_CASE("lines may be left in the buffer while more arrive", "[unit]")
{
    const std::string stream = "a\nbb\nccc\ndddd\neeeee\n";
    for (const auto& pieces : ways_to_arrive(stream)) {
        LineBuffer lines(5);
        for (const auto piece : pieces)
            REQUIRE(lines.feed(bytes_of(piece)));
        REQUIRE(drain(lines) == std::vector<std::string>{"a", "bb", "ccc", "dddd", "eeeee"});
    }
}

TEST_CASE("a CR before the LF goes where that is asked for, and only the last one", "[unit]")
{
    for (const auto& pieces : ways_to_arrive("a\r\n\r\nb\r\r\nc\rd\n")) {
        LineBuffer lines(10, LineEnd::strip_cr);
        for (const auto piece : pieces)
            REQUIRE(lines.feed(bytes_of(piece)));
        REQUIRE(drain(lines) == std::vector<std::string>{"a", "", "b\r", "c\rd"});
    }
}

TEST_CASE("a line of the limit passes, one byte more is an error before its end arrives", "[unit]")
{
    LineBuffer lines(8);
    REQUIRE(lines.feed(bytes_of("12345678")));
    REQUIRE(lines.feed(bytes_of("\n")));
    REQUIRE(drain(lines) == std::vector<std::string>{"12345678"});
    REQUIRE(lines.feed(bytes_of("1234567")));
    REQUIRE(lines.feed(bytes_of("8")));
    REQUIRE(lines.feed(bytes_of("9")).error() == WireError::too_long);
    REQUIRE(lines.feed(bytes_of("\n")).error() == WireError::too_long); // final
    REQUIRE_FALSE(lines.partial());
}

TEST_CASE("whole lines before one that is too long can still be taken", "[unit]")
{
    for (const auto& pieces : ways_to_arrive("one\ntwo\nthree is too long\nfour\n")) {
        LineBuffer lines(5);
        bool failed = false;
        for (const auto piece : pieces)
            failed = !lines.feed(bytes_of(piece)) || failed;
        REQUIRE(failed);
        REQUIRE(drain(lines) == std::vector<std::string>{"one", "two"});
        REQUIRE_FALSE(lines.partial());
    }
}

TEST_CASE("a line buffer costs arena memory only while it holds bytes, and a line no more than twice its size",
          "[unit]")
{
    const std::size_t before = SecretArena::process().used();
    LineBuffer lines(1000);
    REQUIRE(SecretArena::process().used() == before);
    REQUIRE(lines.feed(bytes_of("secret")));
    REQUIRE(SecretArena::process().used() == before + 64);
    REQUIRE(lines.feed(bytes_of("\n" + std::string(1000, 'x') + "\nrest")));
    for (int i = 0; i < 2; ++i) {
        const auto line = lines.next();
        REQUIRE(line);
    }
    REQUIRE(SecretArena::process().used() == before + 64); // "rest"
    REQUIRE(lines.feed(bytes_of("\n\n")));
    drain(lines);
    REQUIRE(SecretArena::process().used() == before);
}

TEST_CASE("a full arena is told apart from a peer's fault, and no line is lost by it", "[unit]")
{
    LineBuffer lines(1000);
    REQUIRE(lines.feed(bytes_of("first\nsecond\n")));
    {
        const FullArena full;
        REQUIRE_FALSE(lines.next());
        REQUIRE(lines.starved());
        REQUIRE(lines.feed(bytes_of("x")).error() == WireError::out_of_memory);
        LineBuffer other(1000);
        REQUIRE(other.feed(bytes_of("x")).error() == WireError::out_of_memory);
        REQUIRE(other.starved());
        REQUIRE_FALSE(other.partial());
    }
    REQUIRE(drain(lines) == std::vector<std::string>{"first", "second"});
}

TEST_CASE("many pipelined lines are linear work", "[unit]")
{
    // 1 MiB of two-byte lines in one piece: quadratic work would move 256 GiB.
    std::string stream;
    for (int i = 0; i < 512 * 1024; ++i)
        stream += "x\n";
    LineBuffer lines(16);
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(lines.feed(bytes_of(stream)));
    std::size_t count = 0;
    while (lines.next())
        ++count;
    REQUIRE(count == 512 * 1024);
    REQUIRE(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}
