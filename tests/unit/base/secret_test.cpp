#include "base/secret.hpp"

#include <catch2/catch.hpp>

#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
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

TEST_CASE("threads never share a slot", "[unit]")
{
    auto arena = SecretArena::create(64 * 1024, SecretArena::Locking::best_effort).value();
    std::atomic<bool> shared = false;
    {
        std::vector<std::jthread> threads;
        for (std::uint8_t mark = 1; mark <= 4; ++mark)
            threads.emplace_back([&, mark] {
                for (std::size_t i = 0; i < 5'000; ++i) {
                    const auto slot = arena->take(1 + i * 37 % 2'000);
                    std::ranges::fill(slot, mark);
                    shared = shared || !std::ranges::all_of(slot, [&](std::uint8_t byte) { return byte == mark; });
                    arena->give_back(slot);
                }
            });
    }
    REQUIRE_FALSE(shared);
    REQUIRE(arena->used() == 0);
    REQUIRE(arena->take(64 * 1024).size() == 64 * 1024);
}

TEST_CASE("a secret that cannot grow stays as it was", "[unit]")
{
    Secret secret;
    REQUIRE(secret.append("secret"));
    REQUIRE_FALSE(secret.append(std::string(SecretArena::process().size() + 1, 'x')));
    REQUIRE_FALSE(secret.reserve(SecretArena::process().size() + 1));
    REQUIRE(secret.view() == "secret");
}

TEST_CASE("a wiped or emptied secret costs nothing or can be used again", "[unit]")
{
    const std::size_t before = SecretArena::process().used();
    Secret secret;
    REQUIRE(secret.append(""));
    REQUIRE(SecretArena::process().used() == before);
    REQUIRE(secret.append("secret"));
    secret.truncate(0);
    REQUIRE(secret.empty());
    REQUIRE(secret.append("again"));
    REQUIRE(secret.view() == "again");
    secret.wipe();
    REQUIRE(SecretArena::process().used() == before);
    secret = Secret{};
    Secret& self = secret;
    secret = std::move(self);
    REQUIRE(secret.empty());
}

#if __has_feature(address_sanitizer)
TEST_CASE("AddressSanitizer sees the end of a secret though not the end of its slot", "[unit]")
{
    Secret secret;
    REQUIRE(secret.append("12345678901"));
    const std::uint8_t* bytes = secret.bytes().data();
    REQUIRE(__asan_address_is_poisoned(bytes + 10) == 0);
    REQUIRE(__asan_address_is_poisoned(bytes + 11) == 1);
    secret.truncate(3);
    REQUIRE(__asan_address_is_poisoned(bytes + 3) == 1);
    REQUIRE(secret.append("4"));
    REQUIRE(__asan_address_is_poisoned(bytes + 3) == 0);
    secret.wipe();
    REQUIRE(__asan_region_is_poisoned(const_cast<std::uint8_t*>(bytes), 64) == nullptr);
}
#endif
