#include "door/store_grants.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::door;
using namespace std::chrono_literals;

namespace
{
Person alice()
{
    Person person;
    person.realm = "CAMPUS";
    person.id = "id-alice";
    person.mailbox = "alice";
    return person;
}
} // namespace

TEST_CASE("a grant means its person for a minute, as often as it is asked for", "[unit]")
{
    StoreGrants grants;
    const Deadline now = Clock::now();
    const std::string grant = grants.give(alice(), now);
    REQUIRE(grant.size() == 22); // 16 bytes
    REQUIRE(grants.give(alice(), now) != grant);
    for (const auto later : {0ms, 59'999ms}) {
        const auto found = grants.find(grant, now + later);
        REQUIRE(found);
        REQUIRE(found->realm == "CAMPUS");
        REQUIRE(found->id == "id-alice");
        REQUIRE(found->mailbox == "alice");
    }
    REQUIRE_FALSE(grants.find(grant, now + 60s));
    REQUIRE_FALSE(grants.find("", now));
    REQUIRE_FALSE(grants.find(std::string(22, 'A'), now));
}

TEST_CASE("the oldest grant goes when there are too many", "[unit]")
{
    StoreGrants grants;
    const Deadline now = Clock::now();
    const std::string first = grants.give(alice(), now);
    const std::string second = grants.give(alice(), now);
    for (std::size_t i = 2; i < StoreGrants::max_kept; ++i)
        grants.give(alice(), now);
    REQUIRE(grants.find(first, now));
    const std::string last = grants.give(alice(), now);
    REQUIRE_FALSE(grants.find(first, now));
    REQUIRE(grants.find(second, now));
    REQUIRE(grants.find(last, now));
}

TEST_CASE("nothing is granted for somebody of whom only a name is known", "[unit]")
{
    StoreGrants grants;
    REQUIRE(grants.give({}, Clock::now()).empty());
}
