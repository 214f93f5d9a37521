#include "directory/ad_person.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
ActiveDirectorySettings campus()
{
    ActiveDirectorySettings settings;
    settings.realm = "CAMPUS";
    settings.people_filter = "(objectClass=user)";
    settings.upn_suffixes = {"students.example"};
    return settings;
}

/// An entry as Samba returned it, with what a test adds or replaces.
Entry alice(std::vector<Attribute> other = {})
{
    Entry entry{"CN=alice,CN=Users,DC=campus,DC=example",
                {{"sAMAccountName", {"Alice"}},
                 {"userAccountControl", {"512"}},
                 {"msDS-User-Account-Control-Computed", {"0"}},
                 {"pwdLastSet", {"134399782986147300"}},
                 {"accountExpires", {"9223372036854775807"}}}};
    for (Attribute& attribute : other) {
        std::erase_if(entry.attributes, [&](const Attribute& known) { return known.name == attribute.name; });
        entry.attributes.push_back(std::move(attribute));
    }
    return entry;
}

AccountState state(std::vector<Attribute> other)
{
    return ad_person(campus(), alice(std::move(other)))->state;
}

LoginName name(std::string_view text)
{
    return parse_login_name(text).value();
}
} // namespace

TEST_CASE("a name is searched as Active Directory's people write it", "[unit]")
{
    const std::string base = "DC=campus,DC=example";
    auto filter = [&](std::string_view text) { return ad_filter(campus(), base, name(text)); };
    REQUIRE(filter("alice") == "(&(objectClass=user)(sAMAccountName=alice))");
    REQUIRE(filter("CAMPUS\\alice") == "(&(objectClass=user)(sAMAccountName=alice))");
    const std::string addressed = "(userPrincipalName=a@x.example)(mail=a@x.example)(proxyAddresses=smtp:a@x.example)";
    REQUIRE(filter("a@x.example") == "(&(objectClass=user)(|" + addressed + "))");
    for (const std::string_view own : {"campus.example", "students.example", "CAMPUS"})
        REQUIRE(filter("a@" + std::string(own)).ends_with("(sAMAccountName=a)))"));
    REQUIRE(filter("*)(uid=\\") == "(&(objectClass=user)(sAMAccountName=\\2A\\29\\28uid=\\5C))");
}

TEST_CASE("the states of an account come from its bits and times", "[unit]")
{
    REQUIRE(state({}) == AccountState{});
    REQUIRE(state({{"userAccountControl", {"514"}}}).disabled);
    REQUIRE(state({{"msDS-User-Account-Control-Computed", {"16"}}}).locked);
    REQUIRE(state({{"msDS-User-Account-Control-Computed", {"-2147483632"}}}).locked); // signed, as LDAP writes it
    REQUIRE(state({{"userWorkstations", {"PC1"}}}).workstations_restricted);

    SECTION("a lockoutTime that the computed bits contradict is over")
    {
        REQUIRE_FALSE(state({{"lockoutTime", {"134399782986147300"}}}).locked);
        REQUIRE(state({{"lockoutTime", {"134399782986147300"}}, {"msDS-User-Account-Control-Computed", {""}}}).locked);
        REQUIRE_FALSE(state({{"lockoutTime", {"0"}}, {"msDS-User-Account-Control-Computed", {""}}}).locked);
    }
    SECTION("pwdLastSet 0 means must change, except for passwords that never expire")
    {
        REQUIRE(state({{"pwdLastSet", {"0"}}}).must_change_password);
        REQUIRE_FALSE(state({{"pwdLastSet", {"0"}}, {"userAccountControl", {"66048"}}}).must_change_password);
    }
    SECTION("an expired password without a time is expired since ever")
    {
        REQUIRE(state({{"msDS-User-Account-Control-Computed", {"8388608"}}}).password_expires == WallTime{});
        REQUIRE(state({{"msDS-UserPasswordExpiryTimeComputed", {"133170048000000000"}}}).password_expires ==
                WallTime(1672531200s)); // 2023-01-01
    }
    SECTION("hours that allow everything are no restriction")
    {
        REQUIRE_FALSE(state({{"logonHours", {std::string(21, '\xff')}}}).logon_hours);
        REQUIRE(state({{"logonHours", {'\x01' + std::string(20, '\0')}}}).logon_hours->front() == 1);
        REQUIRE_FALSE(state({{"logonHours", {"short"}}}).logon_hours);
    }
}

TEST_CASE("a person has the addresses in order of preference, each once", "[unit]")
{
    const auto person = ad_person(
        campus(),
        alice({{"mail", {"a@campus.example"}},
               {"proxyAddresses",
                {"smtp:old@campus.example", "SMTP:main@campus.example", "X400:c=US", "smtp:A@campus.example"}}}));
    REQUIRE(person->addresses ==
            std::vector<std::string>{"a@campus.example", "main@campus.example", "old@campus.example"});
    REQUIRE(person->name == "alice");
    REQUIRE(person->mailbox == "alice");
    ActiveDirectorySettings by_address = campus();
    by_address.mailbox_is_address = true;
    REQUIRE(ad_person(by_address, alice({{"mail", {"A@Campus.example"}}}))->mailbox == "a@campus.example");
    REQUIRE_FALSE(ad_person(campus(), Entry{"CN=x", {}}));
}

TEST_CASE("identifiers are read byte by byte", "[unit]")
{
    // What Samba returned for one account: Y833ltTi+02/yP49AEbzYw== is 96f7cd63-e2d4-4dfb-bfc8-fe3d0046f363
    const std::string guid("\x63\xcd\xf7\x96\xd4\xe2\xfb\x4d\xbf\xc8\xfe\x3d\x00\x46\xf3\x63", 16);
    REQUIRE(guid_text(guid) == "96f7cd63-e2d4-4dfb-bfc8-fe3d0046f363");
    REQUIRE(guid_text("short").empty());

    const std::string domain("\x01\x02\0\0\0\0\0\x05\x15\0\0\0", 12);
    const Entry person = alice({{"objectSid", {domain + std::string("\x4f\x04\0\0", 4)}}, {"primaryGroupID", {"513"}}});
    REQUIRE(primary_group_sid(person) == domain + std::string("\x01\x02\0\0", 4));
    REQUIRE(primary_group_sid(alice({{"objectSid", {"\x01\x05\0"}}, {"primaryGroupID", {"513"}}})).empty());
    REQUIRE(primary_group_sid(alice()).empty());
}

TEST_CASE("file times are read, and never is never", "[unit]")
{
    REQUIRE(parse_file_time("116444736000000000") == WallTime{});
    REQUIRE(parse_file_time("116444736010000000") == WallTime(1s));
    REQUIRE(parse_file_time("1") == WallTime{}); // before the clock's beginning: long ago
    for (const std::string_view never : {"0", "9223372036854775807", "-1", "", "12x", "99999999999999999999"})
        REQUIRE_FALSE(parse_file_time(never));
}

TEST_CASE("a naming context names its DNS domain", "[unit]")
{
    REQUIRE(dns_domain("DC=Campus,DC=Example") == "campus.example");
    REQUIRE(dns_domain("OU=people,DC=campus,dc=example") == "campus.example");
    REQUIRE(dns_domain("ou=people").empty());
}

TEST_CASE("the mail store of a person of Active Directory is read where an attribute is configured", "[unit]")
{
    const Entry entry = alice({{"extensionAttribute7", {"imap1.campus.example"}}});
    ActiveDirectorySettings settings = campus();
    REQUIRE(ad_person(settings, entry)->mail_host.empty());
    const std::size_t read = ad_attributes(settings).size();
    settings.mail_host_attribute = "extensionAttribute7";
    REQUIRE(ad_person(settings, entry)->mail_host == "imap1.campus.example");
    REQUIRE(ad_attributes(settings).size() == read + 1);
    REQUIRE(ad_attributes(settings).back() == "extensionAttribute7");
}
