#include "store/counters.hpp"
#include "store/hash_table.hpp"
#include "store/hexadecimal.hpp"
#include "store/kept_bytes.hpp"
#include "store/networks.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace gatehouse::store;
using namespace std::chrono_literals;
using gatehouse::WallTime;

namespace
{
const WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1} + 12h};

std::uint64_t total(Counters& counters, std::string_view key, std::chrono::seconds window, std::uint32_t n, WallTime at)
{
    return counters.count(key, window, n, at).value().total;
}
} // namespace

TEST_CASE("a hash table finds what was put in, also the hash 0", "[store]")
{
    HashTable table;
    CHECK_FALSE(table.find(0));
    constexpr std::uint64_t step = 0x9E37'79B9'7F4A'7C15;
    for (std::uint64_t i = 0; i < 10'000; ++i)
        CHECK(table.put(i * step, static_cast<std::uint32_t>(i)));
    CHECK_FALSE(table.put(7 * step, 8));
    CHECK(table.size() == 10'000);
    CHECK(table.find(0) == 0);
    CHECK(table.find(7 * step) == 8);
    CHECK(table.find(9'999 * step) == 9'999);
    CHECK_FALSE(table.find(10'000 * step));
    table.forget_below(5'000);
    CHECK(table.size() == 5'000);
    CHECK_FALSE(table.find(4'999 * step));
    CHECK(table.find(5'000 * step) == 5'000);
}

TEST_CASE("a network is known for 30 days after the last login from there", "[store]")
{
    Networks networks;
    CHECK(networks.unseen("R", "1", "10.1.2.0/24", 1'000));
    CHECK(networks.see("R", "1", "10.1.2.0/24", 1'000));
    CHECK_FALSE(networks.unseen("R", "1", "10.1.2.0/24", 1'000));
    CHECK_FALSE(networks.see("R", "1", "10.1.2.0/24", 1'000));
    CHECK_FALSE(networks.see("R", "1", "10.1.2.0/24", 999));
    CHECK(networks.see("R", "1", "10.1.2.0/24", 1'001));
    CHECK(networks.knows("R", "1", "10.1.2.0/24", 1'031));
    CHECK_FALSE(networks.knows("R", "1", "10.1.2.0/24", 1'032));
    CHECK_FALSE(networks.knows("R", "2", "10.1.2.0/24", 1'001));
    CHECK_FALSE(networks.knows("S", "1", "10.1.2.0/24", 1'001));
    CHECK_FALSE(networks.knows("R", "1", "10.1.3.0/24", 1'001));
    networks.forget_before(1'002);
    CHECK(networks.size() == 0);
}

TEST_CASE("a step counts for the window and at most an eighth longer", "[store]")
{
    for (const auto offset : {0s, 1s, 99s, 123s, 450s}) {
        Counters counters(1);
        const WallTime start = noon + offset;
        CHECK(total(counters, "alice", 800s, 3, start) == 3);
        CHECK(total(counters, "alice", 800s, 1, start + 400s) == 4);
        CHECK(total(counters, "alice", 800s, 0, start + 799s) == 4);
        CHECK(total(counters, "alice", 800s, 0, start + 901s) == 1);
        CHECK(total(counters, "alice", 800s, 0, start + 1199s) == 1);
        CHECK(total(counters, "alice", 800s, 0, start + 1301s) == 0);
    }
}

TEST_CASE("counters with other keys and other windows are others", "[store]")
{
    Counters counters(1);
    CHECK(total(counters, "alice", 60s, 1, noon) == 1);
    CHECK(total(counters, "alice", 600s, 1, noon) == 1);
    CHECK(total(counters, "bob", 60s, 5, noon) == 5);
    CHECK(total(counters, "alice", 60s, 1, noon) == 2);
    CHECK(total(counters, "nobody", 60s, 0, noon) == 0);
    CHECK(counters.size() == 3); // asking makes none
    counters.sweep(noon + 100s);
    CHECK(counters.size() == 1);
    CHECK(total(counters, "alice", 1s, 1, noon) == 1);
}

TEST_CASE("what other nodes count is added, however often it is heard", "[store]")
{
    Counters counters(1);
    const auto mine = counters.count("alice", 60s, 2, noon);
    const StepsRow theirs{"alice", 60s, 2, mine->row->bucket, 5};
    counters.learn(theirs, noon);
    counters.learn(theirs, noon);
    CHECK(total(counters, "alice", 60s, 0, noon) == 7);
    counters.learn(*mine->row, noon);                              // one's own comes back
    counters.learn({"alice", 60s, 2, mine->row->bucket, 3}, noon); // an older sum
    CHECK(total(counters, "alice", 60s, 0, noon) == 7);
    counters.learn({"alice", 60s, 3, mine->row->bucket - 60'000, 9}, noon + 30s);
    CHECK(total(counters, "alice", 60s, 0, noon) == 7);
}

TEST_CASE("living counters are bounded", "[store]")
{
    Counters counters(1);
    for (std::size_t i = 0; i < Counters::most; ++i)
        (void)counters.count(std::to_string(i), 60s, 1, noon);
    const auto more = counters.count("more", 60s, 1, noon);
    REQUIRE_FALSE(more);
    CHECK(more.error().kind == gatehouse::ErrorKind::limit);
    CHECK(total(counters, "1", 60s, 1, noon) == 2); // those that are there go on
    CHECK(total(counters, "more", 60s, 1, noon + 120s) == 1);
}

TEST_CASE("kept bytes are bounded in all", "[store]")
{
    KeptBytes kept;
    const std::string piece(KeptBytes::most_at_once, 'x');
    std::size_t pieces = 0;
    while (kept.put("key" + std::to_string(pieces), piece))
        ++pieces;
    CHECK(pieces < KeptBytes::most / piece.size());
    CHECK(pieces > KeptBytes::most / piece.size() - 10);
    CHECK_FALSE(kept.find("key" + std::to_string(pieces)));
    CHECK(kept.put("key0", ""));
    CHECK_FALSE(kept.find("key0"));
    CHECK(kept.put("another", piece));
    CHECK(kept.put("another", piece));
    CHECK(kept.find("another") == piece);
}

TEST_CASE("hexadecimal there and back", "[store]")
{
    const std::string bytes("\0\x7F\xFFz", 4);
    CHECK(hexadecimal(bytes) == "007fff7a");
    CHECK(from_hexadecimal("007fff7a") == bytes);
    CHECK(from_hexadecimal("") == "");
    for (const char* wrong : {"0", "0g", "+1", " 1", "0x12"})
        CHECK_FALSE(from_hexadecimal(wrong));
}
