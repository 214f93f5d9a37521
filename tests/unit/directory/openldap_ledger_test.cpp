#include "directory/openldap_ledger.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace gatehouse;
using namespace gatehouse::directory;
using Kind = OpenLdapLedger::Kind;

namespace
{
OpenLdapSettings lab()
{
    OpenLdapSettings settings;
    settings.realm = "LAB";
    settings.people_base = "ou=people,dc=lab";
    settings.groups_base = "ou=groups,dc=lab";
    settings.policy_dn = "cn=default,dc=lab";
    return settings;
}

std::string csn(int second)
{
    return "202601010000" + std::to_string(10 + second) + ".000000Z#000000#000#000000";
}

std::string person_dn(const std::string& name)
{
    return "uid=" + name + ",ou=people,dc=lab";
}

std::string group_dn(const std::string& name)
{
    return "cn=" + name + ",ou=groups,dc=lab";
}

Entry person(const std::string& name, const std::vector<std::string>& groups = {}, int second = 0,
             std::vector<Attribute> more = {})
{
    Entry entry{person_dn(name), std::move(more)};
    entry.attributes.push_back({"uid", {name}});
    entry.attributes.push_back({"entryUUID", {"id-" + name}});
    entry.attributes.push_back({"entryCSN", {csn(second)}});
    Attribute& member_of = entry.attributes.emplace_back("memberOf");
    for (const std::string& group : groups)
        member_of.values.push_back(group_dn(group));
    return entry;
}

Entry group(const std::string& name, const std::vector<std::string>& members)
{
    Entry entry{group_dn(name), {{"cn", {name}}, {"entryUUID", {"id-" + name}}}};
    Attribute& member = entry.attributes.emplace_back("member");
    for (const std::string& dn : members)
        member.values.push_back(dn);
    return entry;
}

std::vector<std::string> ids(const std::vector<GroupRecord>& groups)
{
    std::vector<std::string> all;
    for (const GroupRecord& record : groups)
        all.push_back(record.id);
    std::ranges::sort(all);
    return all;
}
} // namespace

TEST_CASE("of one entry the last thing is told", "[unit]")
{
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    ledger.take(Kind::person, person("alice"));
    ledger.remove(Kind::person, "id-alice");
    ledger.take(Kind::person, person("bob"));
    ledger.remove(Kind::person, "id-bob");
    ledger.take(Kind::person, person("bob"));
    ledger.remove(Kind::group, "id-bob"); // slapd's word for what a search does not find
    ledger.remove(Kind::person, "id-nobody");
    const Changes changes = ledger.collect();
    CHECK(changes.people.size() == 1);
    CHECK(changes.gone == std::vector<std::string>{"id-alice"});
    CHECK(ledger.collect().people.empty());
}

TEST_CASE("what a refresh does not mention is gone", "[unit]")
{
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    ledger.begin_refresh(Kind::person);
    for (const char* const name : {"alice", "bob", "carol"})
        ledger.take(Kind::person, person(name));
    ledger.take(Kind::group, group("staff", {}));
    ledger.end_refresh(Kind::person);
    CHECK(ledger.collect().gone.empty());
    ledger.begin_refresh(Kind::person);
    ledger.mention(Kind::person, "id-alice");
    ledger.take(Kind::person, person("bob"));
    ledger.end_refresh(Kind::person);
    CHECK(ledger.collect().gone == std::vector<std::string>{"id-carol"});
}

TEST_CASE("an answer that is older than what was told changes nothing", "[unit]")
{
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    ledger.take(Kind::person, person("alice", {}, 5));
    (void)ledger.collect();
    ledger.take_read(Kind::person, person("alice", {}, 4));
    CHECK(ledger.collect().people.empty());
    ledger.take_read(Kind::person, person("alice", {"staff"}, 5)); // memberOf moves without the stamp
    CHECK(ledger.collect().people.size() == 1);
}

TEST_CASE("a person is taken under the policy that the entry names, else the default one", "[unit]")
{
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    const Entry plain = person("alice", {}, 0, {{"pwdAccountLockedTime", {"20260101000000Z"}}});
    const Entry special = person("bob", {}, 0, {{"pwdPolicySubentry", {"cn=Strict,dc=lab"}}});
    CHECK(ledger.missing_policy(plain) == "cn=default,dc=lab");
    CHECK(ledger.missing_policy(special) == "cn=strict,dc=lab");
    CHECK_FALSE(ledger.learn_policy("cn=default,dc=lab", PasswordPolicy{.lockout = true}));
    CHECK_FALSE(ledger.missing_policy(plain));
    ledger.take(Kind::person, plain);
    CHECK_FALSE(ledger.collect().people.at(0).person.state.lock_may_have_ended);
    CHECK_FALSE(ledger.learn_policy("cn=default,dc=lab", PasswordPolicy{.lockout = true}));
    CHECK(ledger.learn_policy("cn=default,dc=lab", std::nullopt));
    ledger.take(Kind::person, plain);
    CHECK(ledger.collect().people.at(0).person.state.lock_may_have_ended);
}

TEST_CASE("a group that only memberOf names is told as long as somebody has it", "[unit]")
{
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    ledger.take(Kind::person, person("alice", {"far", "staff"}));
    ledger.take(Kind::group, group("staff", {person_dn("alice")}));
    ledger.settle();
    CHECK(ids(ledger.collect().groups) == std::vector<std::string>{"dn:cn=far,ou=groups,dc=lab", "id-staff"});

    ledger.take(Kind::group, group("far", {})); // its own entry comes into view
    ledger.settle();
    Changes changes = ledger.collect();
    CHECK(ids(changes.groups) == std::vector<std::string>{"id-far"});
    CHECK(changes.gone == std::vector<std::string>{"dn:cn=far,ou=groups,dc=lab"});

    ledger.remove(Kind::group, "id-far");
    ledger.settle();
    CHECK(ids(ledger.collect().groups) == std::vector<std::string>{"dn:cn=far,ou=groups,dc=lab"});
    ledger.take(Kind::person, person("alice"));
    ledger.settle();
    CHECK(ledger.collect().gone == std::vector<std::string>{"dn:cn=far,ou=groups,dc=lab"});
}

TEST_CASE("a group whose DN does not say its name waits for it", "[unit]")
{
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    Entry alice = person("alice");
    alice.attributes.push_back({"memberOf", {}});
    std::ranges::find(alice.attributes, "memberOf", &Attribute::name)->values = {"gid=7,ou=groups,dc=lab"};
    ledger.take(Kind::person, alice);
    ledger.settle();
    CHECK(ledger.collect().groups.empty());
    CHECK(ledger.nameless_groups() == std::vector<std::string>{"gid=7,ou=groups,dc=lab"});
    ledger.learn_name("gid=7,ou=groups,dc=lab", "staff");
    ledger.settle();
    CHECK(ledger.collect().groups.at(0).name == "staff");
    CHECK(ledger.nameless_groups().empty());
}

TEST_CASE("whose memberOf may follow a group's change is read again, twice", "[unit]")
{
    OpenLdapSettings settings = lab();
    const std::vector<std::string> alice{person_dn("alice")};
    SECTION("somebody left")
    {
        OpenLdapLedger ledger(settings);
        ledger.take(Kind::person, person("alice", {"staff"}));
        ledger.take(Kind::person, person("bob", {"staff"}));
        ledger.take(Kind::group, group("staff", {person_dn("alice"), person_dn("bob")}));
        CHECK(ledger.due_again().empty());
        ledger.take(Kind::group, group("staff", {person_dn("bob")}));
        CHECK(ledger.due_again() == alice);
        CHECK(ledger.due_again() == alice);
        CHECK(ledger.due_again().empty());
    }
    SECTION("the group is gone")
    {
        OpenLdapLedger ledger(settings);
        ledger.take(Kind::person, person("alice", {"staff"}));
        ledger.take(Kind::group, group("staff", alice));
        ledger.remove(Kind::group, "id-staff");
        CHECK(ledger.due_again() == alice);
    }
    SECTION("somebody came, and only memberOf counts")
    {
        settings.groups_base.clear();
        OpenLdapLedger ledger(settings);
        ledger.take(Kind::person, person("alice"));
        ledger.take(Kind::group, group("staff", {person_dn("alice"), "cn=not,dc=people"}));
        CHECK(ledger.due_again() == alice);
        CHECK(ledger.collect().groups.empty());
    }
}

TEST_CASE("groups that listed somebody who went or moved are read again, twice", "[unit]")
{
    using Dns = std::vector<std::string>;
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    ledger.start_anew();
    ledger.take(Kind::person, person("alice"));
    ledger.take(Kind::person, person("bob"));
    ledger.take(Kind::group, group("staff", {person_dn("alice"), group_dn("team")}));
    ledger.take(Kind::group, group("team", {person_dn("bob")}));
    OpenLdapGroupDoubts& doubts = ledger.group_doubts();
    doubts.everything_told();
    CHECK(doubts.due_again().empty());
    CHECK(doubts.newcomers().empty()); // who is told at first has not come
    SECTION("a person is gone")
    {
        ledger.remove(Kind::person, "id-alice");
        CHECK(doubts.due_again() == Dns{group_dn("staff")});
        CHECK(doubts.due_again() == Dns{group_dn("staff")});
        CHECK(doubts.due_again().empty());
        CHECK(doubts.newcomers().empty());
    }
    SECTION("a person is renamed")
    {
        Entry renamed = person("bob");
        renamed.dn = "uid=rob,ou=people,dc=lab";
        ledger.take(Kind::person, renamed);
        CHECK(doubts.due_again() == Dns{group_dn("team")});
        CHECK(doubts.newcomers() == Dns{renamed.dn});
        CHECK(doubts.newcomers() == Dns{renamed.dn});
        CHECK(doubts.newcomers().empty());
        ledger.take(Kind::person, renamed);
        CHECK(doubts.newcomers().empty());
    }
    SECTION("a group in a group is gone")
    {
        ledger.remove(Kind::group, "id-team");
        CHECK(doubts.due_again() == Dns{group_dn("staff")});
    }
    SECTION("somebody comes")
    {
        ledger.take(Kind::person, person("mona"));
        CHECK(doubts.newcomers() == Dns{person_dn("mona")});
        CHECK(doubts.due_again().empty());
        CHECK(doubts.lists("id-team", person_dn("bob")));
        CHECK_FALSE(doubts.lists("id-team", person_dn("mona")));
        CHECK_FALSE(doubts.lists("id-none", person_dn("bob")));
    }
}

TEST_CASE("locks that the server tells nobody are found", "[unit]")
{
    const OpenLdapSettings settings = lab();
    OpenLdapLedger ledger(settings);
    const std::string since = "20260101000000Z";
    ledger.take(Kind::person, person("alice", {}, 0, {{"pwdAccountLockedTime", {since}}}));
    ledger.take(Kind::person, person("bob"));
    ledger.compare_locks({{person_dn("alice"), since}});
    CHECK(ledger.due_again().empty());
    ledger.compare_locks({{person_dn("bob"), since}});
    CHECK(ledger.due_again() == std::vector{person_dn("alice"), person_dn("bob")});
    ledger.compare_locks({{person_dn("alice"), "20260101000001Z"}});
    CHECK(ledger.due_again() == std::vector{person_dn("alice")});
}
