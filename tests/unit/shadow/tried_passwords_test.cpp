#include "shadow/tried_passwords.hpp"

#include <catch2/catch.hpp>

#include <new>

using namespace gatehouse;
using namespace gatehouse::shadow;

namespace
{
Secret secret(std::string_view text)
{
    Secret out;
    if (!out.append(text))
        throw std::bad_alloc();
    return out;
}
} // namespace

TEST_CASE("a password is tried once, until it is known to have counted against nobody", "[unit]")
{
    auto tried = TriedPasswords::create();
    REQUIRE(tried);
    const auto mark = tried->mark_of("CAMPUS", "4711", secret("hers"));
    REQUIRE(mark);
    CHECK(tried->begin(*mark));
    CHECK_FALSE(tried->begin(*mark));
    CHECK_FALSE(tried->begin(*tried->mark_of("CAMPUS", "4711", secret("hers"))));
    tried->forget(*mark);
    CHECK(tried->begin(*mark));
}

TEST_CASE("passwords, people and realms are told apart, however their bytes run together, and so are two runs",
          "[unit]")
{
    auto tried = TriedPasswords::create();
    auto another = TriedPasswords::create();
    REQUIRE(tried);
    REQUIRE(another);
    const auto mark = [&](auto realm, auto id, auto password) { return *tried->mark_of(realm, id, secret(password)); };
    CHECK(mark("A", "BC", "D") != mark("AB", "C", "D"));
    CHECK(mark("A", "B", "CD") != mark("A", "BC", "D"));
    CHECK(mark("A", "B", "") != mark("A", "", "B"));
    CHECK(mark("A", "B", "C") == mark("A", "B", "C"));
    CHECK(mark("A", "B", "C") != *another->mark_of("A", "B", secret("C")));
}

TEST_CASE("when no more can be remembered, nothing more is tried", "[unit]")
{
    auto tried = TriedPasswords::create(2);
    REQUIRE(tried);
    const auto mark = [&](auto password) { return *tried->mark_of("CAMPUS", "4711", secret(password)); };
    CHECK(tried->begin(mark("1")));
    CHECK(tried->begin(mark("2")));
    CHECK_FALSE(tried->begin(mark("3")));
    tried->forget(mark("1"));
    CHECK(tried->begin(mark("3")));
}
