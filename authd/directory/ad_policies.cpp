#include "directory/ad_policies.hpp"

#include "directory/ad_person.hpp"
#include "directory/number.hpp"

namespace gatehouse::directory
{

namespace
{
/// A span of time as the directory writes it: negative steps of 100 ns, rounded up to seconds. Nothing: no number, or
/// one that means "for ever", as everything beyond a century does.
std::optional<std::chrono::seconds> span(std::string_view text)
{
    constexpr std::int64_t second = 10'000'000;
    const auto steps = parse_number<std::int64_t>(text);
    if (!steps || *steps > 0 || *steps < -second * std::chrono::seconds(std::chrono::years(100)).count())
        return std::nullopt;
    return std::chrono::seconds((-*steps + second - 1) / second);
}

std::optional<LockoutPolicy> lockout(std::string_view threshold, std::string_view window, std::string_view duration)
{
    const auto attempts = parse_number<std::uint32_t>(threshold);
    if (!attempts || window.empty() || duration.empty())
        return std::nullopt;
    LockoutPolicy policy{
        .threshold = *attempts, .window = span(window).value_or(std::chrono::years(1)), .duration = {}};
    // MS-SAMR section 3.1.1.5: a duration of 0 lasts until an administrator ends it, as "for ever" does.
    if (const auto lasts = span(duration); lasts && lasts->count() > 0)
        policy.duration = lasts;
    return policy;
}
} // namespace

std::optional<LockoutPolicy> AdPolicies::lockout_of(std::string_view resultant) const
{
    if (resultant.empty())
        return lockout;
    const auto found = fine_grained.find(dn_key(resultant));
    return found == fine_grained.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> ad_domain_policy_attributes()
{
    return {"lockoutThreshold", "lockOutObservationWindow", "lockoutDuration", "maxPwdAge", "fSMORoleOwner"};
}

std::vector<std::string> ad_fine_grained_attributes()
{
    return {"msDS-LockoutThreshold", "msDS-LockoutObservationWindow", "msDS-LockoutDuration", "uSNChanged"};
}

std::optional<LockoutPolicy> domain_lockout(const Entry& domain)
{
    return lockout(domain.first("lockoutThreshold"), domain.first("lockOutObservationWindow"),
                   domain.first("lockoutDuration"));
}

std::optional<LockoutPolicy> fine_grained_lockout(const Entry& pso)
{
    return lockout(pso.first("msDS-LockoutThreshold"), pso.first("msDS-LockoutObservationWindow"),
                   pso.first("msDS-LockoutDuration"));
}

AdPolicies ad_policies(const Entry& domain, const std::vector<Entry>& psos)
{
    AdPolicies policies{.lockout = domain_lockout(domain), .fine_grained = {}, .stamp = {}};
    policies.stamp = domain.first("maxPwdAge");
    for (const Entry& pso : psos) {
        if (const auto policy = fine_grained_lockout(pso))
            policies.fine_grained.emplace(dn_key(pso.dn), *policy);
        policies.stamp += ' ' + dn_key(pso.dn) + ' ' + std::string(pso.first("uSNChanged"));
    }
    return policies;
}

std::uint32_t wrong_passwords(const Entry& person, std::chrono::seconds window, WallTime now)
{
    const auto count = parse_number<std::uint32_t>(person.first("badPwdCount"));
    const auto last = parse_file_time(person.first("badPasswordTime"));
    return count && last && now - *last < window ? *count : 0;
}

} // namespace gatehouse::directory
