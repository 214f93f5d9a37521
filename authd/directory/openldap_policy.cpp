#include "directory/openldap_policy.hpp"

#include "base/text.hpp"
#include "directory/openldap_person.hpp"

#include <algorithm>
#include <charconv>

namespace gatehouse::directory
{

using std::chrono::seconds;

namespace
{
constexpr std::chrono::days never_forgets{3653}; // pwdFailureCountInterval 0

std::uint32_t number(const Entry& entry, std::string_view attribute)
{
    const std::string_view text = entry.first(attribute);
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool flag(const Entry& entry, std::string_view attribute)
{
    return text::equal_ignoring_case(entry.first(attribute), "TRUE");
}

/// `moment` + `length`, no later than WallTime holds.
WallTime later(WallTime moment, seconds length)
{
    return moment > WallTime::max() - length ? WallTime::max() : moment + length;
}
} // namespace

std::vector<std::string> policy_attributes()
{
    return {"pwdMaxAge",     "pwdGraceAuthNLimit",      "pwdMustChange",     "pwdLockout",
            "pwdMaxFailure", "pwdFailureCountInterval", "pwdLockoutDuration"};
}

PasswordPolicy policy_from(const Entry& entry)
{
    PasswordPolicy policy;
    policy.max_age = seconds(number(entry, "pwdMaxAge"));
    policy.grace_logins = number(entry, "pwdGraceAuthNLimit");
    policy.must_change = flag(entry, "pwdMustChange");
    policy.lockout = flag(entry, "pwdLockout");
    policy.lockout_policy.threshold = policy.lockout ? number(entry, "pwdMaxFailure") : 0;
    const seconds interval(number(entry, "pwdFailureCountInterval"));
    policy.lockout_policy.window = interval.count() == 0 ? seconds(never_forgets) : interval;
    if (const seconds duration(number(entry, "pwdLockoutDuration")); duration.count() != 0)
        policy.lockout_policy.duration = duration;
    return policy;
}

void apply_policy(const std::optional<PasswordPolicy>& policy, const Entry& entry, Person& person)
{
    AccountState& state = person.state;
    person.password_changed = parse_generalized_time(entry.first("pwdChangedTime"));
    if (!policy) {
        state.lock_may_have_ended = state.locked;
        return;
    }
    state.must_change_password = state.must_change_password && policy->must_change;
    // Expiry by the clock would forget the grace logins that only slapd counts.
    if (policy->max_age.count() != 0 && policy->grace_logins == 0 && person.password_changed)
        state.password_expires = later(*person.password_changed, policy->max_age);
    if (!policy->lockout) {
        const auto start = parse_generalized_time(entry.first("pwdStartTime"));
        state.disabled = start && *start > std::chrono::system_clock::now();
        state.locked = false;
    }
    state.lock_may_have_ended = false;
    if (const auto since = parse_generalized_time(entry.first("pwdAccountLockedTime"));
        since && state.locked && policy->lockout_policy.duration)
        state.locked_until = later(*since, *policy->lockout_policy.duration);
}

std::uint32_t count_failures(const std::optional<PasswordPolicy>& policy, const Entry& entry, WallTime now)
{
    const LockoutPolicy rules = policy ? policy->lockout_policy : LockoutPolicy{.window = never_forgets};
    const auto counts = [&](const std::string& text) {
        const auto moment = parse_generalized_time(text);
        return moment && later(*moment, rules.window) > now;
    };
    const auto used = static_cast<std::uint32_t>(std::ranges::count_if(entry.all("pwdFailureTime"), counts));
    const std::string_view locked = entry.first("pwdAccountLockedTime");
    const auto since = parse_generalized_time(locked);
    // One that no clock ends is no reason to keep anybody from asking: there is nothing left to lock, slapd refuses
    // every password without counting it, and a refusal must not look like an outage.
    const bool in_force = since && rules.duration && *since != WallTime::min() && later(*since, *rules.duration) > now;
    return in_force ? std::max(used, rules.threshold) : used;
}

} // namespace gatehouse::directory
