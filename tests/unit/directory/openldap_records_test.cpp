#include "directory/openldap_records.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
OpenLdapSettings lab()
{
    OpenLdapSettings settings;
    settings.realm = "LAB";
    settings.people_base = "ou=people,dc=lab";
    settings.groups_base = "ou=groups,dc=lab";
    return settings;
}

std::string version(std::vector<Attribute> attributes, bool under_policy = false)
{
    return password_version({"uid=a,dc=lab", std::move(attributes)}, under_policy);
}

const std::string csn = "20260101000004.000007Z#000000#000#000000";
} // namespace

TEST_CASE("a person's record has every name and link", "[unit]")
{
    const Entry entry{"uid=Alice,ou=People,dc=lab",
                      {{"uid", {"Alice", "al"}}, {"memberOf", {"cn=Staff, ou=groups,dc=lab"}}}};
    const auto record = openldap_person_record(lab(), entry, {});
    REQUIRE(record);
    CHECK(record->person.name == "alice");
    CHECK(record->other_names == std::vector<std::string>{"al"});
    CHECK(record->keys == std::vector<std::string>{"uid=alice,ou=people,dc=lab", "uid:Alice", "uid:al"});
    CHECK(record->member_of == std::vector<std::string>{"cn=staff,ou=groups,dc=lab"});
    CHECK_FALSE(openldap_person_record(lab(), {"cn=x,dc=lab", {}}, {}));
}

TEST_CASE("a group's record has the members of each attribute that counts", "[unit]")
{
    const Entry entry{"cn=staff,ou=groups,dc=lab",
                      {{"cn", {"staff"}},
                       {"entryUUID", {"7986"}},
                       {"member", {"UID=A,dc=lab"}},
                       {"uniqueMember", {"uid=b, dc=lab"}},
                       {"memberUid", {"c"}}}};
    const auto record = openldap_group_record(lab(), entry);
    REQUIRE(record);
    CHECK(record->id == "7986");
    CHECK(record->members == std::vector<std::string>{"uid=a,dc=lab", "uid=b,dc=lab", "uid:c"});
    OpenLdapSettings some = lab();
    some.group_member_attributes = {"uniqueMember"};
    CHECK(openldap_group_record(some, entry)->members == std::vector<std::string>{"uid=b,dc=lab"});
    CHECK(openldap_group_filter(some) == "(|(uniqueMember=*))");
}

TEST_CASE("without nesting no list of members can name a group", "[unit]")
{
    OpenLdapSettings flat = lab();
    flat.nested_groups = false;
    const Entry inner{"cn=team,ou=groups,dc=lab", {{"cn", {"team"}}}};
    const Entry outer{"cn=staff,ou=groups,dc=lab", {{"cn", {"staff"}}, {"member", {inner.dn}}}};
    CHECK(openldap_group_record(flat, inner)->keys != openldap_group_record(flat, outer)->members);
    CHECK(openldap_group_record(lab(), inner)->keys == openldap_group_record(lab(), outer)->members);
    const Entry person{"uid=a,dc=lab", {{"uid", {"a"}}, {"memberOf", {inner.dn}}}};
    CHECK(openldap_person_record(flat, person, {})->member_of == openldap_group_record(flat, inner)->keys);
}

TEST_CASE("a DN is one key, however its special characters were written", "[unit]")
{
    CHECK(member_key("uid=\\#a\\,b,dc=x") == member_key("UID=\\23a\\2Cb, dc=x"));
    CHECK(member_key("cn=a\\,b,dc=x") != member_key("cn=a,cn=b,dc=x"));
    CHECK(member_key("no \\ dn") == "no \\ dn");
}

TEST_CASE("the password's version moves with the password, and else as seldom as may be", "[unit]")
{
    const Attribute changed{"pwdChangedTime", {"20260101000000Z"}};
    const auto written = [&](const char* time) {
        return version({changed, {"entryCSN", {std::string(time) + ".000007Z#000000#000#000000"}}});
    };
    CHECK(written("20260101000000") != written("20260101000001")); // perhaps another password in the same second
    CHECK(written("20260101000010") == written("20260101000020"));
    CHECK(version({changed}) == "20260101000000Z");
    CHECK(version({changed, {"userPassword", {"{SSHA}x"}}}) == version({changed, {"userPassword", {"{SSHA}y"}}}));

    const Attribute one{"userPassword", {"{SSHA}x", "{SSHA}y"}};
    const Attribute same{"userPassword", {"{SSHA}y", "{SSHA}x"}};
    const Attribute other{"userPassword", {"{SSHA}xy"}};
    CHECK(version({one, {"entryCSN", {csn}}}) == version({same}));
    CHECK(version({one}) != version({other}));
    CHECK(version({one}).find("SSHA") == std::string::npos);

    CHECK(version({{"entryCSN", {csn}}}) == csn);
    CHECK(version({{"entryCSN", {csn}}}, true) == version({}, true)); // ppolicy would have set pwdChangedTime
    CHECK(version({{"entryCSN", {csn}}, {"pwdFailureTime", {"20260101000000Z"}}}) == version({}, true));
    CHECK(version({}).empty());
}
