// The doctor at slapd.
#include "doctor_lab.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
RealmToExamine as_documented()
{
    return {.more = "groups: {base: \"ou=groups,dc=campus,dc=example\"}, "
                    "policy: \"cn=default,ou=policies,dc=campus,dc=example\""};
}
} // namespace

TEST_CASE("doctor, OpenLDAP: a sound slapd is sound, in one word", "[doctor-openldap]")
{
    const Output said = authctl_about(as_documented(), {"doctor"});
    CHECK(said.out == "sound\n");
    CHECK(said.err.empty());
    CHECK(said.status == 0);
    const Output all = authctl_about(as_documented(), {"doctor", "--all"});
    INFO(all.text());
    for (const char* const check :
         {"servers", "certificate", "bind-account", "bases", "schema", "syncprov", "ppolicy", "memberof"})
        CHECK(all.out.find("ok       " + std::string(check)) != std::string::npos);
}

TEST_CASE("doctor, OpenLDAP: each fault is found", "[doctor-openldap]")
{
    const Diagnosis refused = examine({.secret = "not the password"});
    INFO(refused.text);
    CHECK(refused.tells("bind-account", "fault", "Invalid credentials (49)", "write the account's password into"));
    CHECK(refused.only({"bind-account"}));

    RealmToExamine realm = as_documented();
    realm.people = "{base: \"ou=nowhere,dc=campus,dc=example\", name: uid}";
    CHECK(examine(realm).tells("bases", "fault", "ou=nowhere,dc=campus,dc=example", "correct people.base"));

    realm = as_documented();
    realm.people = "{base: \"ou=people,dc=campus,dc=example\", name: loginName}";
    CHECK(examine(realm).tells("schema", "warning", "loginName", "correct people.name"));

    realm = as_documented();
    realm.more = "policy: \"cn=none,ou=policies,dc=campus,dc=example\"";
    CHECK(examine(realm).tells("bases", "fault", "cn=none,ou=policies", "correct policy"));

    realm = as_documented();
    realm.more = "policy: \"ou=policies,dc=campus,dc=example\"";
    CHECK(examine(realm).tells("ppolicy", "fault", "is no password policy", "correct policy"));
}

TEST_CASE("doctor, OpenLDAP: a slapd that tells no changes is found", "[doctor-openldap]")
{
    const Lab& lab = Lab::current();
    lab.must("slapd", {"restart", "--no-syncprov"});
    const PutBack back([&] { lab.must("slapd", {"restart"}); });
    const Diagnosis found = examine(as_documented());
    INFO(found.text);
    CHECK(found.tells("syncprov", "warning", "syncprov", "overlay syncprov"));
    CHECK(found.only({"syncprov"}));
}

TEST_CASE("doctor, OpenLDAP: a slapd that is down is found, and nothing else is said", "[doctor-openldap]")
{
    const Lab& lab = Lab::current();
    lab.must("slapd", {"down"});
    const PutBack back([&] { lab.must("slapd", {"up"}); });
    const Diagnosis found = examine(as_documented());
    INFO(found.text);
    CHECK(found.tells("servers", "fault", "no other server does", "start it"));
    CHECK(found.only({"servers"}));
}

} // namespace gatehouse::integration
