#include "people/people.hpp"

#include "records.hpp"

#include <optional>
#include <set>

using namespace gatehouse;
using namespace gatehouse::people;

namespace
{
class Campus
{
public:
    Campus(std::vector<PersonRecord> people, std::vector<GroupRecord> groups)
    {
        sweep(mirror_, std::move(people), std::move(groups));
    }

    Texts groups(std::string_view name) const { return groups_of(*mirror_.people(), name); }
    std::optional<std::string> first_of(std::string_view name, std::set<std::string, std::less<>> wanted) const
    {
        const auto people = mirror_.people();
        return people->first_group_of(*people->with_id("id-" + std::string(name)), wanted);
    }
    void take(Changes changes) { mirror_.take(std::move(changes)); }
    const Mirror& mirror() const { return mirror_; }

private:
    Mirror mirror_{"CAMPUS"};
};
} // namespace

TEST_CASE("membership is told by either end")
{
    const Campus campus({person("alice", {"staff"}), person("bob")}, {group("staff"), group("lab", {"bob", "alice"})});
    CHECK(campus.groups("alice") == Texts{"lab", "staff"});
    CHECK(campus.groups("bob") == Texts{"lab"});
}

TEST_CASE("membership that both ends tell is one, and goes when neither tells it")
{
    Campus campus({person("alice", {"staff"})}, {group("staff", {"alice"})});
    CHECK(campus.groups("alice") == Texts{"staff"});
    campus.take(of_people({person("alice")}));
    CHECK(campus.groups("alice") == Texts{"staff"});
    campus.take(of_groups({group("staff")}));
    CHECK(campus.groups("alice") == Texts{});
}

TEST_CASE("groups three deep are told with the way to them")
{
    const Campus campus({person("alice")}, {group("all", {"staff"}), group("staff", {"lab"}), group("lab", {"team"}),
                                            group("team", {"alice"})});
    CHECK(campus.groups("alice") == Texts{"team", "lab<team", "staff<lab<team", "all<staff<lab<team"});
    CHECK(campus.first_of("alice", {"all"}) == "all");
    CHECK(campus.first_of("alice", {"nothing"}) == std::nullopt);
}

TEST_CASE("the shortest way is told, and the first by name among equals")
{
    const Campus campus({person("alice", {"m", "z"})},
                        {group("top", {"z", "b", "deep"}), group("b"), group("z", {}, {"b"}), group("m", {}, {"deep"}),
                         group("deep", {"m"})});
    CHECK(campus.groups("alice") == Texts{"m", "z", "b<z", "deep<m", "top<z"});
}

TEST_CASE("groups that hold each other or themselves end")
{
    const Campus campus({person("alice", {"a"})},
                        {group("a", {"c", "a"}), group("b", {"a"}), group("c", {"b"}, {"c"})});
    CHECK(campus.groups("alice") == Texts{"a", "b<a", "c<b<a"});
    CHECK(campus.first_of("alice", {"nothing"}) == std::nullopt);
}

TEST_CASE("keys that nobody has link when somebody comes who has them")
{
    Campus campus({person("alice", {"staff"})}, {group("lab", {"bob", "team"})});
    CHECK(campus.groups("alice") == Texts{});
    campus.take(of_people({person("bob")}));
    CHECK(campus.groups("bob") == Texts{"lab"});
    campus.take(of_groups({group("staff", {}, {"all"})}));
    CHECK(campus.groups("alice") == Texts{"staff"});
    campus.take(of_groups({group("all")}));
    CHECK(campus.groups("alice") == Texts{"staff", "all<staff"});
    campus.take(of_groups({group("team", {"alice"})}));
    CHECK(campus.groups("alice") == Texts{"staff", "team", "all<staff", "lab<team"});
}

TEST_CASE("an object may have several keys, and several objects one")
{
    PersonRecord alice = person("alice");
    alice.keys = {"cn=alice", "uid:alice"};
    PersonRecord other = person("other");
    other.keys = {"uid:alice"};
    Campus campus({alice, other}, {group("by-dn", {"cn=alice"}), group("by-uid", {"uid:alice"}),
                                   group("by-both", {"cn=alice", "uid:alice"})});
    CHECK(campus.groups("alice") == Texts{"by-both", "by-dn", "by-uid"});
    CHECK(campus.groups("other") == Texts{"by-both", "by-uid"});
    alice.keys = {"cn=alicia"}; // moved
    campus.take(of_people({alice}));
    CHECK(campus.groups("alice") == Texts{});
}

TEST_CASE("a key of a person links nobody upward")
{
    const Campus campus({person("alice", {"bob"}), person("bob", {"staff"})},
                        {group("staff"), group("g", {}, {"bob"})});
    CHECK(campus.groups("alice") == Texts{});
}

TEST_CASE("changes of a group hold at once for everybody below it")
{
    Campus campus({person("alice"), person("bob")},
                  {group("team", {"alice"}), group("lab", {"team"}), group("all", {"lab"})});
    REQUIRE(campus.groups("alice") == Texts{"team", "lab<team", "all<lab<team"});

    SECTION("renamed")
    {
        GroupRecord renamed = group("lab", {"team"});
        renamed.name = "Laboratory";
        campus.take(of_groups({renamed}));
        CHECK(campus.groups("alice") == Texts{"team", "Laboratory<team", "all<Laboratory<team"});
        CHECK(campus.first_of("alice", {"laboratory"}) == "Laboratory");
        CHECK(campus.first_of("alice", {"lab"}) == std::nullopt);
    }
    SECTION("gone and there again")
    {
        campus.take(of_gone({"id-lab"}));
        CHECK(campus.groups("alice") == Texts{"team"});
        campus.take(of_groups({group("lab", {"team"})}));
        CHECK(campus.groups("alice") == Texts{"team", "lab<team", "all<lab<team"});
    }
    SECTION("other members")
    {
        campus.take(of_groups({group("lab", {"bob"})}));
        CHECK(campus.groups("alice") == Texts{"team"});
        CHECK(campus.groups("bob") == Texts{"lab", "all<lab"});
    }
    SECTION("called by another key")
    {
        GroupRecord moved = group("team", {"alice"});
        moved.keys = {"team-elsewhere"};
        campus.take(of_groups({moved}));
        CHECK(campus.groups("alice") == Texts{"team"});
        campus.take(of_groups({group("lab", {"team-elsewhere"})}));
        CHECK(campus.groups("alice") == Texts{"team", "lab<team", "all<lab<team"});
    }
}

TEST_CASE("the first group is the nearest that is wanted, by name among equals, and keeps its case")
{
    const Campus campus({person("alice", {"zz", "mm"})}, {group("mm"), group("zz", {}, {"AA"}), group("AA")});
    CHECK(campus.first_of("alice", {"aa", "zz", "mm"}) == "mm");
    CHECK(campus.first_of("alice", {"aa", "zz"}) == "zz");
    CHECK(campus.first_of("alice", {"aa"}) == "AA");
    CHECK(campus.first_of("alice", {}) == std::nullopt);
}

TEST_CASE("a person of an older snapshot is never in the group that came where another had been")
{
    Campus campus({person("alice", {"staff"})}, {group("staff")});
    const auto then = campus.mirror().people()->with_id("id-alice");
    campus.take(of_gone({"id-staff"}));
    campus.take(of_groups({group("admins")}));
    const auto now = campus.mirror().people();
    CHECK(now->first_group_of(*then, {"admins", "staff"}) == std::nullopt);
    CHECK(now->describe(*then, Detail::groups).groups.empty());
}

TEST_CASE("a person may be in hundreds of groups")
{
    std::vector<GroupRecord> groups;
    for (int i = 0; i < 300; ++i)
        groups.push_back(group("g" + std::to_string(i), {i % 3 == 0 ? "alice" : "g" + std::to_string(i - 1)}));
    const Campus campus({person("alice")}, groups);
    CHECK(campus.groups("alice").size() == 300);
    CHECK(campus.first_of("alice", {"g299"}) == "g299");
}

TEST_CASE("groups and people are counted")
{
    Campus campus({person("alice"), person("bob")}, {group("staff")});
    campus.take(of_groups({group("staff", {"bob"}), group("lab")}));
    campus.take(of_people({person("alice", {"lab"})}));
    CHECK(campus.mirror().people()->size() == 2);
    CHECK(campus.mirror().people()->group_count() == 2);
    campus.take(of_gone({"id-alice", "id-staff", "id-nobody"}));
    CHECK(campus.mirror().people()->size() == 1);
    CHECK(campus.mirror().people()->group_count() == 1);
}
