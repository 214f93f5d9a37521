#include "directory/openldap_person.hpp"
#include "directory/openldap_policy.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
const OpenLdapSettings settings{.realm = "LAB"};

Entry person_entry(std::vector<Attribute> attributes)
{
    attributes.push_back({"uid", {"alice"}});
    return {"uid=alice,dc=lab", std::move(attributes)};
}

AccountState state_under(const std::optional<PasswordPolicy>& policy, std::vector<Attribute> attributes)
{
    const Entry entry = person_entry(std::move(attributes));
    Person person = openldap_person(settings, entry).value();
    apply_policy(policy, entry, person);
    return person.state;
}

WallTime at(std::string_view text)
{
    return parse_generalized_time(text).value();
}

const std::vector<Attribute> locked{{"pwdAccountLockedTime", {"20260101000000Z"}}};
const std::vector<Attribute> locked_for_good{{"pwdAccountLockedTime", {"000001010000Z"}}};
const std::vector<Attribute> changed{{"pwdChangedTime", {"20260101000000Z"}}};
} // namespace

TEST_CASE("a policy's entry is read, absent values as slapd takes them", "[unit]")
{
    const PasswordPolicy none = policy_from({"cn=p", {}});
    CHECK(none.max_age == 0s);
    CHECK(none.lockout_policy.threshold == 0);
    CHECK_FALSE(none.lockout_policy.duration);
    CHECK(none.lockout_policy.window > 24h * 3650); // it never forgets

    std::vector<Attribute> attributes{{"pwdMaxAge", {"100"}},        {"pwdGraceAuthNLimit", {"2"}},
                                      {"pwdMustChange", {"TRUE"}},   {"pwdLockout", {"TRUE"}},
                                      {"pwdMaxFailure", {"5"}},      {"pwdFailureCountInterval", {"60"}},
                                      {"pwdLockoutDuration", {"30"}}};
    const PasswordPolicy policy = policy_from({"cn=p", attributes});
    CHECK(policy.max_age == 100s);
    CHECK(policy.grace_logins == 2);
    CHECK(policy.must_change);
    CHECK(policy.lockout_policy == LockoutPolicy{.threshold = 5, .window = 60s, .duration = 30s});
    attributes[3].values = {"FALSE"};
    CHECK(policy_from({"cn=p", attributes}).lockout_policy.threshold == 0);
}

TEST_CASE("a lock ends as the policy says, and nobody knows when without it", "[unit]")
{
    const AccountState unknown = state_under({}, locked);
    CHECK(unknown.locked);
    CHECK(unknown.lock_may_have_ended);

    PasswordPolicy policy{.lockout = true, .lockout_policy = {.threshold = 5, .duration = 30s}};
    const AccountState ending = state_under(policy, locked);
    CHECK(ending.locked);
    CHECK_FALSE(ending.lock_may_have_ended);
    CHECK(ending.locked_until == at("20260101000030Z"));
    CHECK(state_under(policy, locked_for_good).disabled);

    policy.lockout_policy.duration.reset();
    CHECK(state_under(policy, locked).locked);
    CHECK_FALSE(state_under(policy, locked).locked_until);

    policy.lockout = false; // slapd then looks at no lock
    CHECK_FALSE(state_under(policy, locked).locked);
    CHECK_FALSE(state_under(policy, locked_for_good).disabled);
    CHECK(state_under(policy, {{"pwdStartTime", {"99990101000000Z"}}}).disabled);
    CHECK_FALSE(state_under({}, {}).lock_may_have_ended);
}

TEST_CASE("a password expires by the clock unless grace logins are left to slapd", "[unit]")
{
    PasswordPolicy policy{.max_age = 60s};
    CHECK(state_under(policy, changed).password_expires == at("20260101000100Z"));
    CHECK_FALSE(state_under(policy, {}).password_expires); // never changed: slapd never expires it
    CHECK_FALSE(state_under({}, changed).password_expires);
    policy.grace_logins = 1;
    CHECK_FALSE(state_under(policy, changed).password_expires);
    policy = {.max_age = std::chrono::seconds(4'294'967'295)};
    CHECK(state_under(policy, {{"pwdChangedTime", {"22600101000000Z"}}}).password_expires == WallTime::max());
}

TEST_CASE("a reset password must be changed where the policy says so", "[unit]")
{
    const std::vector<Attribute> reset{{"pwdReset", {"TRUE"}}};
    CHECK(state_under({}, reset).must_change_password);
    CHECK_FALSE(state_under(PasswordPolicy{}, reset).must_change_password);
    CHECK(state_under(PasswordPolicy{.must_change = true}, reset).must_change_password);
}

TEST_CASE("failures count within the policy's interval, all of them while it is locked for a time", "[unit]")
{
    const PasswordPolicy policy{.lockout = true, .lockout_policy = {.threshold = 5, .window = 60s, .duration = 30s}};
    std::vector<Attribute> attributes{
        {"pwdFailureTime", {"20260101000000.000001Z", "20260101000030.5Z", "20260101000059Z"}}};
    const Entry entry{"uid=alice", attributes};
    CHECK(count_failures(policy, entry, at("20260101000059Z")) == 3);
    CHECK(count_failures(policy, entry, at("20260101000110Z")) == 2);
    CHECK(count_failures(policy, entry, at("20260101010000Z")) == 0);
    CHECK(count_failures({}, entry, at("20260101010000Z")) == 3); // how soon they are forgotten is not known
    attributes.push_back({"pwdAccountLockedTime", {"20260101000100Z"}});
    const Entry locked_entry{"uid=alice", attributes};
    CHECK(count_failures(policy, locked_entry, at("20260101000129Z")) == 5);
    CHECK(count_failures(policy, locked_entry, at("20260101000200Z")) == 0);
    // Who is locked for good cannot be locked, and is to be refused, not put off.
    CHECK(count_failures(policy, {"uid=alice", locked_for_good}, at("20260101000200Z")) == 0);
    const PasswordPolicy until_unlocked{.lockout = true, .lockout_policy = {.threshold = 5, .window = 60s}};
    CHECK(count_failures(until_unlocked, locked_entry, at("20260101000200Z")) == 0);
}
