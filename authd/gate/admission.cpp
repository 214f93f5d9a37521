#include "gate/admission.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::gate
{

namespace
{
constexpr int hours_a_week = 7 * 24;

/// Hours since Sunday 00:00 UTC, the index of LogonHours. 1970-01-01 was a Thursday.
int hour_of_week(WallTime at)
{
    const auto hours = std::chrono::floor<std::chrono::hours>(at.time_since_epoch()).count();
    return static_cast<int>(((hours + 4 * 24) % hours_a_week + hours_a_week) % hours_a_week);
}

bool allowed(const LogonHours& hours, int hour)
{
    return (hours[static_cast<std::size_t>(hour / 8)] >> (hour % 8) & 1) != 0;
}

bool is_locked(const AccountState& state, WallTime now)
{
    return state.locked && (!state.locked_until || now < *state.locked_until);
}

std::optional<WallTime> hours_end(const LogonHours& hours, WallTime now)
{
    const auto this_hour = std::chrono::floor<std::chrono::hours>(now);
    for (int ahead = 1; ahead <= hours_a_week; ++ahead)
        if (!allowed(hours, (hour_of_week(now) + ahead) % hours_a_week))
            return this_hour + std::chrono::hours(ahead);
    return {};
}
} // namespace

Reason account_standing(const AccountState& state, WallTime now)
{
    if (state.disabled)
        return Reason::account_disabled;
    if (state.expires && now >= *state.expires)
        return Reason::account_expired;
    if (is_locked(state, now))
        return Reason::account_locked;
    if (state.must_change_password)
        return Reason::must_change_password;
    if (state.password_expires && now >= *state.password_expires)
        return Reason::password_expired;
    if (state.logon_hours && !allowed(*state.logon_hours, hour_of_week(now)))
        return Reason::logon_hours;
    if (state.workstations_restricted)
        return Reason::workstation;
    return Reason::granted;
}

std::optional<WallTime> standing_ends(const AccountState& state, WallTime now)
{
    std::optional<WallTime> earliest;
    auto consider = [&](std::optional<WallTime> at) {
        if (at && *at > now && (!earliest || *at < *earliest))
            earliest = at;
    };
    consider(state.expires);
    consider(state.password_expires);
    if (state.logon_hours)
        consider(hours_end(*state.logon_hours, now));
    return earliest;
}

Admission admit(const Person& person, const ServiceRule* rule)
{
    if (rule == nullptr || rule->allow_groups.empty())
        return {.admitted = true, .by = {}};
    for (const Membership& membership : person.groups)
        if (rule->allow_groups.of(person.realm).contains(text::lower(membership.group)))
            return {.admitted = true, .by = membership.group};
    return {};
}

} // namespace gatehouse::gate
