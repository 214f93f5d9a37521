#include "base/secret.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using gatehouse::Secret;
using gatehouse::SecretArena;

TEST_CASE("an arena hands out each byte once, refuses when full and is whole again afterwards", "[unit]")
{
    auto arena = SecretArena::create(64 * 1024, SecretArena::Locking::best_effort).value();
    std::vector<std::span<std::uint8_t>> slots;
    for (;;) {
        auto slot = arena->take(100);
        if (slot.empty())
            break;
        REQUIRE(slot.size() == 128);
        slots.push_back(slot);
    }
    REQUIRE(slots.size() == 64 * 1024 / 128);
    REQUIRE(arena->used() == 64 * 1024);
    for (const auto& slot : slots)
        arena->give_back(slot);
    REQUIRE(arena->used() == 0);
    REQUIRE(arena->take(64 * 1024).size() == 64 * 1024); // every buddy found its way back
}

TEST_CASE("a returned slot is wiped", "[unit]")
{
    auto arena = SecretArena::create(64 * 1024, SecretArena::Locking::best_effort).value();
    auto slot = arena->take(64);
    std::ranges::fill(slot, std::uint8_t{0xAA});
    arena->give_back(slot);
    REQUIRE(std::ranges::all_of(slot, [](std::uint8_t byte) { return byte == 0; }));
}

TEST_CASE("a secret grows, shrinks and moves without losing bytes", "[unit]")
{
    Secret secret;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(secret.append("pässword"));
        expected += "pässword";
    }
    REQUIRE(secret.view() == expected);
    Secret moved = std::move(secret);
    REQUIRE(moved.view() == expected);
    moved.drop_front(9);
    REQUIRE(moved.view() == expected.substr(9));
    moved.truncate(9);
    REQUIRE(moved.view() == "pässword");

    Secret same;
    REQUIRE(same.append("pässword"));
    REQUIRE(moved.equals(same));
    REQUIRE(same.append("x"));
    REQUIRE_FALSE(moved.equals(same));
}
