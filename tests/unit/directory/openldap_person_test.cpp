#include "directory/entry.hpp"
#include "directory/openldap_person.hpp"
#include "directory/rdn.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
OpenLdapSettings lab()
{
    OpenLdapSettings settings;
    settings.realm = "LAB";
    settings.people_filter = "(objectClass=person)";
    settings.address_attributes = {"mail", "alias"};
    settings.dn_template = "uid={name},ou=people,dc=lab";
    return settings;
}

std::string filter(std::string_view text)
{
    return openldap_filter(lab(), parse_login_name(text).value());
}
} // namespace

TEST_CASE("a name is searched in every form that may be meant", "[unit]")
{
    REQUIRE(filter("alice") == "(&(objectClass=person)(uid=alice))");
    REQUIRE(filter("LAB\\alice") == "(&(objectClass=person)(|(uid=alice)(uid=LAB\\5Calice)))");
    REQUIRE(filter("a@lab") == "(&(objectClass=person)(|(uid=a)(uid=a@lab)(mail=a@lab)(alias=a@lab)))");
    REQUIRE(filter("a)(uid=*") == "(&(objectClass=person)(uid=a\\29\\28uid=\\2A))");
}

TEST_CASE("the template's DN holds the name and nothing else of it", "[unit]")
{
    REQUIRE(openldap_dn(lab(), "alice") == "uid=alice,ou=people,dc=lab");
    REQUIRE(openldap_dn(lab(), "a,ou=admins") == "uid=a\\2Cou\\3Dadmins,ou=people,dc=lab");
    REQUIRE(openldap_dn(lab(), "{name}") == "uid={name},ou=people,dc=lab");
}

TEST_CASE("the canonical name is the one of the entry's own DN", "[unit]")
{
    Entry entry{"UID=Alice, ou=people,dc=lab", {{"uid", {"al", "alice"}}, {"entryUUID", {"7986cefc"}}}};
    REQUIRE(openldap_person(lab(), entry)->name == "alice");
    REQUIRE(openldap_person(lab(), entry)->id == "7986cefc");
    entry.dn = "cn=Alice Liddell,ou=people,dc=lab";
    REQUIRE(openldap_person(lab(), entry)->name == "al");
    entry.attributes.clear();
    REQUIRE_FALSE(openldap_person(lab(), entry));
}

TEST_CASE("addresses, account and states are read", "[unit]")
{
    const auto person = openldap_person(lab(), {"uid=a,dc=lab",
                                                {{"uid", {"a"}},
                                                 {"mail", {"A@lab"}},
                                                 {"alias", {"b@lab"}},
                                                 {"uidNumber", {"1000"}},
                                                 {"gidNumber", {"100"}},
                                                 {"homeDirectory", {"/home/a"}},
                                                 {"pwdReset", {"TRUE"}},
                                                 {"pwdAccountLockedTime", {"20260101000000Z"}}}});
    REQUIRE(person->addresses == std::vector<std::string>{"A@lab", "b@lab"});
    REQUIRE(person->posix == PosixAccount{1000, 100, "/home/a"});
    REQUIRE(person->state.must_change_password);
    REQUIRE(person->state.locked);
    REQUIRE(person->state.lock_may_have_ended); // the policy is not known here
    REQUIRE(person->known == Detail::account);
    REQUIRE_FALSE(openldap_person(lab(), {"uid=a,dc=lab", {{"uid", {"a"}}, {"uidNumber", {"-1"}}}})->posix);
}

TEST_CASE("the mail store is read from the attribute that is configured, and from none otherwise", "[unit]")
{
    const Entry entry{"uid=a,dc=lab", {{"uid", {"a"}}, {"mailHost", {"imap1.lab"}}, {"store", {"imap2.lab"}}}};
    OpenLdapSettings settings = lab();
    REQUIRE(openldap_person(settings, entry)->mail_host == "imap1.lab");
    settings.mail_host_attribute = "store";
    REQUIRE(openldap_person(settings, entry)->mail_host == "imap2.lab");
    REQUIRE(std::ranges::count(openldap_attributes(settings), "store") == 1);
    settings.mail_host_attribute.clear();
    REQUIRE(openldap_person(settings, entry)->mail_host.empty());
    REQUIRE(std::ranges::count(openldap_attributes(settings), "mailHost") == 0);
}

TEST_CASE("generalized times are read strictly", "[unit]")
{
    REQUIRE(parse_generalized_time("19700101000001Z") == WallTime(1s));
    REQUIRE(parse_generalized_time("20230101000000.123456Z") == WallTime(1672531200s));
    REQUIRE(parse_generalized_time("202301010000Z") == WallTime(1672531200s));
    REQUIRE(parse_generalized_time("000001010000Z") == WallTime::min());   // "long ago", beyond what WallTime holds
    REQUIRE(parse_generalized_time("99991231235959Z") == WallTime::max()); // "never"
    REQUIRE(parse_generalized_time("22620101000000Z") < WallTime::max());
    for (const std::string_view wrong : {"", "2023", "20231301000000Z", "20230101000000", "20230101250000Z",
                                         "20230101000000+0100", "2023010100000xZ", "20230101000000Zx"})
        REQUIRE_FALSE(parse_generalized_time(wrong));
}

TEST_CASE("DNs are the same without regard to case and spaces, and no more", "[unit]")
{
    REQUIRE(same_dn("CN=Staff, OU=Groups,DC=x", "cn=staff,ou=groups,dc=x"));
    REQUIRE(same_dn("cn = a + sn = b,dc=x", "cn=a+sn=b,dc=x"));
    REQUIRE_FALSE(same_dn("cn=a\\, b,dc=x", "cn=a\\,b,dc=x"));
    REQUIRE_FALSE(same_dn("cn=a\\ ,dc=x", "cn=a,dc=x"));
    REQUIRE_FALSE(same_dn("cn=ab,dc=x", "cn=a b,dc=x"));
}

TEST_CASE("a DN's first name is taken apart", "[unit]")
{
    REQUIRE(first_rdn("cn=a\\2C b,dc=x").attribute == "cn");
    REQUIRE(first_rdn("cn=a\\2C b,dc=x").value == "a, b");
    REQUIRE(first_rdn("no dn").attribute.empty());
    REQUIRE(first_rdn("").attribute.empty());
}
