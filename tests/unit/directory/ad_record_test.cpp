#include "directory/ad_record.hpp"

#include "directory/ad_changed.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
const std::string alice_guid("\x63\xcd\xf7\x96\xd4\xe2\xfb\x4d\xbf\xc8\xfe\x3d\x00\x46\xf3\x63", 16);
const std::string alice_id = "96f7cd63-e2d4-4dfb-bfc8-fe3d0046f363";
const std::string domain_sid("\x01\x04\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\xff\xff\xff\xff", 24);
const std::string alice_sid("\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\xff\xff\xff\xff\x50\x04\0\0", 28);
const WallTime locked_at(1672531200s); // 2023-01-01
const std::string locked_at_text = "133170048000000000";

/// An entry as the feed reads it, with what a test adds or replaces.
Entry alice(std::vector<Attribute> other = {})
{
    Entry entry{"CN=alice,CN=Users,DC=campus,DC=example",
                {{"objectGUID", {alice_guid}},
                 {"objectSid", {alice_sid}},
                 {"primaryGroupID", {"513"}},
                 {"sAMAccountName", {"Alice"}},
                 {"userAccountControl", {"512"}},
                 {"pwdLastSet", {"134399782986147300"}},
                 {"accountExpires", {"9223372036854775807"}}}};
    for (Attribute& attribute : other) {
        std::erase_if(entry.attributes, [&](const Attribute& known) { return known.name == attribute.name; });
        entry.attributes.push_back(std::move(attribute));
    }
    return entry;
}

AdPolicies policies()
{
    AdPolicies known;
    known.lockout = LockoutPolicy{.threshold = 5, .window = 30min, .duration = 10min};
    known.fine_grained.emplace("cn=strict,dc=campus,dc=example",
                               LockoutPolicy{.threshold = 3, .window = 1h, .duration = {}});
    return known;
}

AccountState state(std::vector<Attribute> other, WallTime now)
{
    return ad_person_record({}, policies(), alice(std::move(other)), now)->person.state;
}
} // namespace

TEST_CASE("a person's record has its keys, and the primary group as a SID", "[unit]")
{
    const auto record = ad_person_record({}, policies(), alice(), locked_at);
    REQUIRE(record);
    REQUIRE(record->person.id == alice_id);
    REQUIRE(record->keys == std::vector<std::string>{alice_id});
    REQUIRE(record->member_of == std::vector<std::string>{"S-1-5-21-1-2-4294967295-513"});
    REQUIRE(record->person.groups.empty());
    REQUIRE_FALSE(ad_person_record({}, policies(), Entry{"CN=x", {{"sAMAccountName", {"x"}}}}, locked_at));
    REQUIRE_FALSE(ad_person_record({}, policies(), alice({{"sAMAccountName", {}}}), locked_at));
}

TEST_CASE("the password's version is pwdLastSet, and nothing when that says nothing", "[unit]")
{
    const auto person = [](std::vector<Attribute> other) {
        return ad_person_record({}, policies(), alice(std::move(other)), locked_at)->person;
    };
    REQUIRE(person({}).password_version == "134399782986147300");
    REQUIRE(person({{"pwdLastSet", {locked_at_text}}}).password_changed == locked_at);
    REQUIRE(person({{"pwdLastSet", {"0"}}}).password_version.empty());
    REQUIRE(person({{"pwdLastSet", {"0"}}}).state.must_change_password);
    REQUIRE(person({{"pwdLastSet", {}}}).password_version.empty());
    REQUIRE_FALSE(person({{"pwdLastSet", {}}}).password_changed);
}

TEST_CASE("a lock lasts as long as the policy of that person says", "[unit]")
{
    const Attribute locked{"lockoutTime", {locked_at_text}};
    SECTION("the domain's")
    {
        const AccountState during = state({locked}, locked_at + 9min);
        REQUIRE(during.locked);
        REQUIRE(during.locked_until == locked_at + 10min);
        REQUIRE_FALSE(during.lock_may_have_ended);
        REQUIRE_FALSE(state({locked}, locked_at + 10min).locked);
        REQUIRE_FALSE(state({{"lockoutTime", {"0"}}}, locked_at).locked);
        REQUIRE_FALSE(state({}, locked_at).locked);
    }
    SECTION("a fine-grained one that can be read, for ever")
    {
        const AccountState state_ =
            state({locked, {"msDS-ResultantPSO", {"CN=Strict,DC=campus,DC=example"}}}, locked_at + 1000h);
        REQUIRE(state_.locked);
        REQUIRE_FALSE(state_.locked_until);
        REQUIRE_FALSE(state_.lock_may_have_ended);
    }
    SECTION("a fine-grained one that cannot be read")
    {
        const AccountState state_ =
            state({locked, {"msDS-ResultantPSO", {"CN=Secret,DC=campus,DC=example"}}}, locked_at + 1000h);
        REQUIRE(state_.locked);
        REQUIRE_FALSE(state_.locked_until);
        REQUIRE(state_.lock_may_have_ended);
    }
    SECTION("a time that no clock reaches")
    {
        const AccountState state_ = state({{"lockoutTime", {"8070450532247928832"}}}, locked_at);
        REQUIRE(state_.locked);
        REQUIRE_FALSE(state_.locked_until);
    }
}

TEST_CASE("a group's members are ids, whatever their DNs are", "[unit]")
{
    const Entry entry{"<GUID=96F7CD63-e2d4-4dfb-bfc8-fe3d0046f363>;<SID=S-1-5-21-1>;CN=staff,DC=campus",
                      {{"objectGUID", {alice_guid}},
                       {"objectSid", {alice_sid}},
                       {"sAMAccountName", {"Staff"}},
                       {"member;range=0-1",
                        {"<GUID=AAAA>;<SID=S-1-5-21-7>;CN=a\\;b,DC=campus", "<GUID=bbbb>;CN=contact,DC=campus",
                         "CN=without an id"}}}};
    const auto group = ad_group_record(entry);
    REQUIRE(group);
    REQUIRE(group->dn == "CN=staff,DC=campus");
    REQUIRE(group->name == "Staff");
    REQUIRE(group->keys == std::vector<std::string>{alice_id, "S-1-5-21-1-2-4294967295-1104"});
    REQUIRE(group->members == std::vector<std::string>{"aaaa", "bbbb"});
}

TEST_CASE("a DN with identifiers before it is taken apart", "[unit]")
{
    const IdentifiedDn whole = parse_identified_dn("<GUID=AB-1>;<SID=S-1-5>;CN=a<b>;c,DC=x");
    REQUIRE(whole.guid == "ab-1");
    REQUIRE(whole.dn == "CN=a<b>;c,DC=x");
    REQUIRE(parse_identified_dn("CN=plain").dn == "CN=plain");
    REQUIRE(parse_identified_dn("CN=plain").guid.empty());
    REQUIRE(parse_identified_dn("<GUID=cut").dn == "<GUID=cut");
    REQUIRE(parse_identified_dn("").dn.empty());
}

TEST_CASE("values that come in parts are asked for until the last", "[unit]")
{
    const auto entry = [](const std::string& name) { return Entry{"CN=x", {{name, {"v"}}}}; };
    REQUIRE(next_range(entry("member;range=0-1499"), "member") == 1500);
    REQUIRE(next_range(entry("Member;Range=1500-2999"), "member") == 3000);
    REQUIRE(next_range(entry("member;range=3000-*"), "member") == 0);
    REQUIRE(next_range(entry("member"), "member") == 0);
    REQUIRE(next_range(entry("memberOf;range=0-9"), "member") == 0);
    REQUIRE(range_from("member", 1500) == "member;range=1500-*");
    REQUIRE(ranged_values(entry("member;range=3000-*"), "member") == std::vector<std::string>{"v"});
    REQUIRE(ranged_values(entry("member"), "member") == std::vector<std::string>{"v"});
    REQUIRE(ranged_values(entry("memberOf"), "member").empty());
}

TEST_CASE("what has changed is told by its class", "[unit]")
{
    const auto entry = [](std::vector<std::string> classes, bool deleted = false) {
        Entry changed{"CN=x", {{"objectGUID", {alice_guid}}, {"objectClass", std::move(classes)}}};
        if (deleted)
            changed.attributes.push_back({"isDeleted", {"TRUE"}});
        return changed;
    };
    AdChanged changed(100);
    REQUIRE(changed.empty());
    SECTION("a person")
    {
        changed.add(entry({"top", "person", "organizationalPerson", "user"}));
        REQUIRE(changed.present.contains(*ad_id(alice_guid)));
        REQUIRE_FALSE((changed.groups || changed.containers || changed.policies));
    }
    SECTION("a group")
    {
        changed.add(entry({"top", "group"}));
        REQUIRE(changed.groups);
    }
    SECTION("what holds others; a group policy is only built on a container")
    {
        changed.add(entry({"top", "container", "groupPolicyContainer"}));
        REQUIRE_FALSE(changed.containers);
        Entry unit = entry({"top", "organizationalUnit"});
        unit.attributes.push_back({"uSNCreated", {"101"}});
        changed.add(unit); // nothing was in it before
        REQUIRE_FALSE(changed.containers);
        unit.attributes.back().values = {"100"};
        changed.add(unit);
        REQUIRE(changed.containers);
    }
    SECTION("the domain and fine-grained policies")
    {
        changed.add(entry({"top", "domain", "domainDNS"}));
        REQUIRE(changed.policies);
        AdChanged other(100);
        other.add(entry({"top", "msDS-PasswordSettings"}));
        REQUIRE(other.policies);
    }
    SECTION("a deleted one")
    {
        changed.add(entry({"top", "person", "organizationalPerson", "user"}, true));
        REQUIRE(changed.deleted == std::vector<std::string>{alice_id});
        REQUIRE(changed.present.empty());
    }
    SECTION("one without an id is nothing")
    {
        changed.add(Entry{"CN=x", {}});
        REQUIRE(changed.empty());
    }
}
