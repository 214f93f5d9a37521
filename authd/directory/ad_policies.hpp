#pragma once

#include "directory/entry.hpp"
#include "identity/feed.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

/// What a domain decides about passwords of many people at once.
struct AdPolicies {
    std::optional<LockoutPolicy> lockout; ///< the domain's; nothing: it cannot be read
    /// Fine-grained policies (PSOs) that can be read, by `dn_key`.
    std::map<std::string, LockoutPolicy, std::less<>> fine_grained;
    std::string stamp; ///< of all that decides when passwords expire; compared only

    bool operator==(const AdPolicies&) const = default;

    /// The one that holds for a person whose msDS-ResultantPSO is `resultant`. Nothing: it cannot be read.
    std::optional<LockoutPolicy> lockout_of(std::string_view resultant) const;
};

std::vector<std::string> ad_domain_policy_attributes();
std::vector<std::string> ad_fine_grained_attributes();

/// From the entry of the domain, and of a PSO.
std::optional<LockoutPolicy> domain_lockout(const Entry& domain);
std::optional<LockoutPolicy> fine_grained_lockout(const Entry& pso);
AdPolicies ad_policies(const Entry& domain, const std::vector<Entry>& psos);

/// How many of a person's wrong passwords count at `now`: Active Directory leaves badPwdCount as it was when the window
/// has passed, and begins anew at the next wrong one.
std::uint32_t wrong_passwords(const Entry& person, std::chrono::seconds window, WallTime now);

} // namespace gatehouse::directory
