#pragma once

#include "gate/policy.hpp"
#include "identity/person.hpp"
#include "identity/reason.hpp"

#include <optional>
#include <string>

namespace gatehouse::gate
{

/// May this account be used at `now`? A pure function of what the directory says and the clock: `granted`, or the first
/// refusal in the order disabled, expired, locked, password, hours, workstation.
Reason account_standing(const AccountState& state, WallTime now);

/// The earliest moment after `now` at which the clock alone changes `account_standing` from granted to a refusal, to
/// the hour for logon hours; empty: none.
std::optional<WallTime> standing_ends(const AccountState& state, WallTime now);

struct Admission {
    bool admitted = false;
    std::string by; ///< the group that admits; empty when the service admits everybody
};

/// May this person use a service with this rule (null: no rule)? A pure function; `person.groups` must be known when
/// the rule has groups.
Admission admit(const Person& person, const ServiceRule* rule);

} // namespace gatehouse::gate
