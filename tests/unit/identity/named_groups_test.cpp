#include "identity/named_groups.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;

TEST_CASE("groups are named of every realm, or of one, in any order", "[unit]")
{
    NamedGroups groups;
    REQUIRE(groups.empty());
    groups.add("CAMPUS", "Staff");
    REQUIRE_FALSE(groups.empty());
    groups.add({}, "Guests");
    groups.add("PARTNER", "visitors");
    REQUIRE(groups.of("CAMPUS") == NamedGroups::Set{"guests", "staff"});
    REQUIRE(groups.of("PARTNER") == NamedGroups::Set{"guests", "visitors"});
    REQUIRE(groups.of("ELSEWHERE") == NamedGroups::Set{"guests"});
    REQUIRE(groups.of("campus") == NamedGroups::Set{"guests"}); // as the realm spells itself
}
