// The feed of Active Directory where single changes do not tell: deletions without rights, units, policies, large
// groups, servers that come and go.
#include "ad_feed_lab.hpp"

namespace gatehouse::integration
{

using namespace std::chrono_literals;

TEST_CASE("ad-feed: a change of the domain's policy is learnt, and everybody told anew", "[ad-feed]")
{
    Followed campus;
    change_directory({"lockout", "7", "9"});
    CHECK(eventually(patience, [&] {
        return campus.record->facts().lockout == LockoutPolicy{.threshold = 7, .window = 9s, .duration = 9s} &&
               campus.record->sweeps() == 2;
    }));
    change_directory({"lockout", "5", "5"});
    CHECK(eventually(patience, [&] { return campus.record->facts().lockout->threshold == 5; }));
    CHECK_FALSE(campus.record->was_away());
}

TEST_CASE("ad-feed: without the delegation deletions arrive by a sweep, within the bound that is stated", "[ad-feed]")
{
    Followed campus;
    const Somebody mona("mona");
    REQUIRE(eventually(patience, [&] { return campus.record->person("mona").has_value(); }));
    CHECK(campus.record->state().trouble.find("delegate.ps1") != std::string::npos);
    const auto stated = campus.record->state().bound_for_deletions;
    CHECK(stated >= 5s);
    CHECK(stated < 8s);
    campus.arrives("deleted, by a sweep", change_directory({"delete", "mona"}), stated,
                   [&] { return !campus.record->person("mona"); });
    CHECK(campus.record->sweeps() == 1);

    const Delegation delegation; // while it runs
    REQUIRE(eventually(patience, [&] { return campus.record->state().trouble.empty(); }));
    const Somebody lisa("lisa");
    REQUIRE(eventually(patience, [&] { return campus.record->person("lisa").has_value(); }));
    campus.arrives("deleted, told by Deleted Objects", change_directory({"delete", "lisa"}), promise,
                   [&] { return !campus.record->person("lisa"); });
}

TEST_CASE("ad-feed: a unit that moves takes its people along", "[ad-feed]")
{
    change_directory({"unit", "inside"});
    change_directory({"unit", "outside"});
    const Somebody mona("mona");
    change_directory({"unit-take", "inside", "mona"});
    directory::ActiveDirectorySettings settings = lab_settings({shown("address")});
    settings.base = "DC=campus,DC=example";
    settings.people_filter = "(&(objectCategory=person)(objectClass=user))";
    Followed campus(settings);
    REQUIRE(campus.record->person("mona"));
    campus.arrives("a unit moved", change_directory({"unit-move", "inside", "outside"}), promise,
                   [&] { return campus.person("mona").dn.find("OU=outside") != std::string::npos; });
    change_directory({"unit-move", "inside", "top"});
}

TEST_CASE("ad-feed: a group of hundreds of new people is told whole", "[ad-feed]")
{
    Followed campus;
    Lab::current().must("samba-ad", {"change", "crowd", "crowd", "600"}, {.timeout = 5min});
    CHECK(eventually(patience, [&] { return campus.record->members_of("crowd") == 600; }));
    CHECK(campus.record->groups_of("crowd-1").contains("crowd"));
    Lab::current().must("samba-ad", {"change", "no-crowd", "crowd", "600"}, {.timeout = 5min});
    CHECK(eventually(patience, [&] { return !campus.record->person("crowd-1"); }));
}

TEST_CASE("ad-feed: a restarted domain controller is followed on, without telling everybody", "[ad-feed]")
{
    Followed campus;
    const Somebody mona("mona");
    REQUIRE(eventually(patience, [&] { return campus.record->person("mona").has_value(); }));
    DirectoryServer first(1);
    first.stop();
    REQUIRE(eventually(patience, [&] { return campus.record->state().away; }));
    CHECK_FALSE(campus.record->state().live);
    CHECK(campus.record->person("mona"));
    change_directory({"disable", "mona"}); // in its database, while it is down
    first.start();
    REQUIRE(eventually(30s, [&] { return campus.record->state().live; }));
    CHECK(campus.person("mona").state.disabled);
    CHECK(campus.record->sweeps() == 1);
}

TEST_CASE("ad-feed: another domain controller is followed when the first is away, and everybody told from it",
          "[ad-feed]")
{
    DirectoryServer first(1);
    DirectoryServer second(2);
    second.settle();
    Followed campus(lab_settings({shown("address"), shown("address", {"--dc", "2"})}));
    CHECK(campus.record->state().server == first.name());
    const WallTime killed = std::chrono::system_clock::now();
    first.kill();
    campus.arrives("another domain controller", killed, 10s,
                   [&] { return campus.record->state().live && campus.record->state().server == second.name(); });
    CHECK(campus.record->sweeps() == 2);
    CHECK(campus.record->groups_of("alice").contains("staff"));
    first.start();
    CHECK(
        eventually(60s, [&] { return campus.record->state().live && campus.record->state().server == first.name(); }));
    CHECK(campus.record->sweeps() == 3);
}

} // namespace gatehouse::integration
