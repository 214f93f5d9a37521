#include "edge/repeated_warnings.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace std::chrono_literals;
using edge::RepeatedWarnings;

namespace
{
const Deadline begin = Clock::now();
}

TEST_CASE("a warning that repeats has one line a second, which says how many were left out", "[unit]")
{
    RepeatedWarnings warnings;
    CHECK(warnings.line("authd", "authd is away", begin) == "authd is away");
    CHECK(!warnings.line("authd", "authd is away", begin));
    CHECK(!warnings.line("authd", "authd is away, still", begin + 999ms));
    CHECK(warnings.line("authd", "no answer", begin + 1s) == "no answer (2 more of this were left out)");
    CHECK(!warnings.line("authd", "no answer", begin + 1999ms));
    CHECK(warnings.line("authd", "no answer", begin + 2s) == "no answer (1 more of this were left out)");
    CHECK(warnings.line("authd", "no answer", begin + 9s) == "no answer");
}

TEST_CASE("causes are told apart", "[unit]")
{
    RepeatedWarnings warnings;
    CHECK(warnings.line("imap1", "imap1 is away", begin) == "imap1 is away");
    CHECK(warnings.line("imap2", "imap2 is away", begin) == "imap2 is away");
    CHECK(!warnings.line("imap1", "imap1 is away", begin));
}

TEST_CASE("causes without end take no memory without end, and are told still", "[unit]")
{
    RepeatedWarnings warnings;
    for (std::size_t i = 0; i < RepeatedWarnings::most_causes; ++i)
        CHECK(warnings.line(std::to_string(i), "text", begin) == "text");
    CHECK(warnings.line("one too many", "text", begin) == "text");
    CHECK(!warnings.line("another", "text", begin));               // one cause together
    CHECK(warnings.line("another", "text", begin + 1s) == "text"); // those of a second ago have made room
    CHECK(!warnings.line("another", "text", begin + 1s));
    CHECK(warnings.line("a third", "text", begin + 1s) == "text");
}
