#include "directory/bind_verdict.hpp"
#include "directory/ldap_handle.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::directory;

namespace
{
Reason ad(int code, std::string diagnostic)
{
    return judge_ad_bind({code, std::move(diagnostic)}).reason;
}

Reason ad_data(std::string_view data)
{
    return ad(LDAP_INVALID_CREDENTIALS,
              "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " + std::string(data) +
                  ", v1db1");
}

Reason judged(int code, std::string diagnostic = {}, std::optional<std::uint32_t> policy = {})
{
    return judge_bind({{code, std::move(diagnostic)}, {.error = policy}}).reason;
}
} // namespace

TEST_CASE("Active Directory's codes name the state of the account", "[unit]")
{
    REQUIRE(ad(LDAP_SUCCESS, "") == Reason::granted);
    REQUIRE(ad_data("525") == Reason::wrong_password);
    REQUIRE(ad_data("52e") == Reason::wrong_password);
    REQUIRE(ad_data("52E") == Reason::wrong_password);
    REQUIRE(ad_data("52f") == Reason::account_restriction);
    REQUIRE(ad_data("530") == Reason::logon_hours);
    REQUIRE(ad_data("531") == Reason::workstation);
    REQUIRE(ad_data("532") == Reason::password_expired);
    REQUIRE(ad_data("533") == Reason::account_disabled);
    REQUIRE(ad_data("568") == Reason::account_restriction);
    REQUIRE(ad_data("701") == Reason::account_expired);
    REQUIRE(ad_data("773") == Reason::must_change_password);
    REQUIRE(ad_data("775") == Reason::account_locked);
}

TEST_CASE("the code is found whatever surrounds it, and nothing else is taken for it", "[unit]")
{
    REQUIRE(ad(49, "Data 0x775") == Reason::account_locked);
    REQUIRE(ad(49, "comment: metadata 533 is old, DATA 532") == Reason::password_expired);
    REQUIRE(ad(49, "data") == Reason::wrong_password);
    REQUIRE(ad(49, "data, v1") == Reason::wrong_password);
    REQUIRE(ad(49, "") == Reason::wrong_password);
    REQUIRE(ad(49, "comment: error, data 999, v1") == Reason::account_restriction); // refused, and no more is known
}

TEST_CASE("what a domain controller refuses to everybody is an outage with its cure", "[unit]")
{
    REQUIRE(is_outage(ad(49, "80090346: LdapErr: DSID-0C090569, comment: error, data 80090346, v4563")));
    REQUIRE(judge_ad_bind({49, "80090346: x"}).detail.find("LdapEnforceChannelBinding") != std::string::npos);
    REQUIRE(is_outage(ad(8, "00002028: LdapErr: DSID-0C090202")));
    REQUIRE(judge_ad_bind({8, "00002028"}).detail.find("tls.mode") != std::string::npos);
    REQUIRE(explain_search_error({1, "000004DC: LdapErr: x"}).find("directory.bind") != std::string::npos);
    REQUIRE(explain_search_error({1, "something else"}).find("directory.bind") == std::string::npos);
}

TEST_CASE("the policy response says why, on a refusal and on a success", "[unit]")
{
    REQUIRE(judged(49, "", 0) == Reason::password_expired);
    REQUIRE(judged(49, "", 1) == Reason::account_locked);
    REQUIRE(judged(49) == Reason::wrong_password);
    REQUIRE(judged(49, "", 77) == Reason::wrong_password);
    REQUIRE(judged(0) == Reason::granted);
    REQUIRE(judged(0, "", 2) == Reason::must_change_password);
    const BindVerdict grace = judge_bind({{0, ""}, {.grace_logins = 2}});
    REQUIRE(grace.reason == Reason::granted);
    REQUIRE(grace.detail.find("2 grace logins") != std::string::npos);
}

TEST_CASE("an outage is never a refusal and a refusal never an outage", "[unit]")
{
    for (const int outage : {1, 2, 3, 7, 8, 10, 11, 12, 13, 14, 51, 52, 53, 54, 80, 81, 123, -1})
        REQUIRE(is_outage(judged(outage)));
    for (const int refusal : {19, 32, 34, 48, 49, 50})
        REQUIRE_FALSE(is_outage(judged(refusal)));
    REQUIRE(judged(53, "Account inactivated. Contact system administrator.") == Reason::account_disabled);
    REQUIRE(judged(19, "Exceed password retry limit. Please try later.") == Reason::account_locked);
}

TEST_CASE("text stands for itself in filters and DNs", "[unit]")
{
    REQUIRE(escape_filter("a*(b)\\c") == "a\\2A\\28b\\29\\5Cc");
    REQUIRE(escape_filter("").empty());
    REQUIRE(escape_filter(std::string_view("\0", 1)) == "\\00");
    REQUIRE(escape_rdn("alice.b-c_1@x") == "alice.b-c_1@x");
    REQUIRE(escape_rdn("a,b+c\"d\\e<f>g;h=i") == "a\\2Cb\\2Bc\\22d\\5Ce\\3Cf\\3Eg\\3Bh\\3Di");
    REQUIRE(escape_rdn(" a ") == "\\20a\\20");
    REQUIRE(escape_rdn("#a") == "\\23a");
    REQUIRE(escape_rdn("").empty());
    // Whatever the name, the DN that it makes has this name as its first value and nothing more before the base.
    for (const std::string name : {"x,ou=people", "j\xc3\xbcrgen", "a\\", "=", "+", "#", "  ", "a\nb", "\x7f"}) {
        const std::string dn = "uid=" + escape_rdn(name) + ",dc=example";
        LDAPDN parts = nullptr;
        REQUIRE(ldap_str2dn(dn.c_str(), &parts, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS);
        const berval& value = parts[0][0]->la_value;
        CHECK(std::string(value.bv_val, value.bv_len) == name);
        CHECK(parts[1] != nullptr);
        CHECK(parts[2] == nullptr);
        ldap_dnfree(parts);
    }
}
