#include "door/dovecot_logins.hpp"
#include "door/posix_account.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;

TEST_CASE("the directory's posix account comes before the listener's", "[unit]")
{
    Person person{.realm = "CAMPUS", .name = "alice", .mailbox = "alice"};
    const door::AccountTemplate shared{.uid = 5000, .gid = 5001, .home = "/srv/{realm}/{mailbox}/x"};
    REQUIRE(door::posix_account(person, shared).value() == PosixAccount{5000, 5001, "/srv/CAMPUS/alice/x"});
    person.posix = PosixAccount{10001, 10000, "/home/alice"};
    REQUIRE(door::posix_account(person, shared).value() == *person.posix);
    person.posix.reset();
    REQUIRE_FALSE(door::posix_account(person, {}).has_value());
}

TEST_CASE("a name cannot lead out of its folder", "[unit]")
{
    const door::AccountTemplate shared{.uid = 5000, .gid = 5001, .home = "/srv/{name}"};
    for (const char* name : {"../etc", "..", ".", "a/b", "", ".ssh", "a\nuid:0"})
        REQUIRE_FALSE(door::posix_account({.name = name}, shared).has_value());
    REQUIRE(door::posix_account({.name = "o'brien (x)"}, shared).value().home == "/srv/o'brien (x)");
}

TEST_CASE("a kept login is taken once, by the one who knows its cookie", "[unit]")
{
    door::DovecotLogins logins;
    logins.keep("cookie-a", 100, 1, Person{.name = "alice"});
    REQUIRE_FALSE(logins.take("cookie-b", 100, 1).has_value());
    REQUIRE(logins.take("cookie-a", 100, 1)->name == "alice");
    REQUIRE_FALSE(logins.take("cookie-a", 100, 1).has_value());

    logins.keep("cookie-a", 100, 1, Person{.name = "alice"});
    REQUIRE_FALSE(logins.take("cookie-a", 101, 1).has_value());
}

TEST_CASE("kept logins are bounded", "[unit]")
{
    door::DovecotLogins logins;
    for (std::uint32_t i = 0; i < 3 * door::DovecotLogins::max_kept; ++i)
        logins.keep("cookie", 1, i, Person{});
    std::size_t found = 0;
    for (std::uint32_t i = 0; i < 3 * door::DovecotLogins::max_kept; ++i)
        found += logins.take("cookie", 1, i).has_value() ? 1 : 0;
    REQUIRE(found > 0);
    REQUIRE(found <= door::DovecotLogins::max_kept);
}
