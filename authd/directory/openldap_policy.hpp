#pragma once

#include "directory/entry.hpp"
#include "identity/feed.hpp"
#include "identity/person.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// A password policy as slapo-ppolicy(5) keeps it (draft-behera-ldap-password-policy-10 section 5.2).
struct PasswordPolicy {
    std::chrono::seconds max_age{0}; ///< 0: passwords do not expire
    std::uint32_t grace_logins = 0;  ///< with an expired password
    bool must_change = false;        ///< pwdReset is obeyed
    bool lockout = false;            ///< pwdAccountLockedTime is obeyed
    LockoutPolicy lockout_policy{};  ///< threshold 0: nobody is locked

    bool operator==(const PasswordPolicy&) const = default;
};

/// What is read of a policy's entry.
std::vector<std::string> policy_attributes();
PasswordPolicy policy_from(const Entry& entry);

/// The state of a person's account as slapd itself decides it from the entry. `policy`: the one that holds for the
/// person; nothing: it cannot be read, and then a lock may have ended, and nobody knows when a password expires.
void apply_policy(const std::optional<PasswordPolicy>& policy, const Entry& entry, Person& person);

/// How many wrong passwords of `entry` (pwdFailureTime) count at `now`; all that the policy allows while the account is
/// locked for a time.
std::uint32_t count_failures(const std::optional<PasswordPolicy>& policy, const Entry& entry, WallTime now);

} // namespace gatehouse::directory
