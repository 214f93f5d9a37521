// What the account that searches may read of an Active Directory domain. Each right that is missing has its line.
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "base/text.hpp"
#include "directory/ad_policies.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

using directory::Entry;

namespace
{
/// The sample of people, or why a check of them is skipped.
const std::vector<Entry>* people(Examination& examination, Report& report)
{
    if (examination.working() == nullptr) {
        report.skip("nothing can be searched: see servers and bind-account");
        return nullptr;
    }
    const auto& sample = examination.sample();
    if (!sample || sample->empty()) {
        report.skip("nobody is found whose entry could be looked at: see bases");
        return nullptr;
    }
    return &*sample;
}

/// Which of these nobody of the sample shows. An attribute that some have and others lack is not one of them.
std::vector<std::string> unseen(const std::vector<Entry>& sample, std::initializer_list<const char*> attributes)
{
    std::vector<std::string> missing;
    for (const char* const name : attributes)
        if (std::ranges::all_of(sample, [&](const Entry& entry) { return entry.first(name).empty(); }))
            missing.emplace_back(name);
    return missing;
}
} // namespace

void check_people(Examination& examination, Report& report)
{
    const auto* const sample = people(examination, report);
    if (sample == nullptr)
        return;
    const auto missing = unseen(*sample, {"sAMAccountName", "userAccountControl", "pwdLastSet", "accountExpires",
                                          "objectGUID", "objectSid", "uSNChanged", "primaryGroupID"});
    if (missing.empty()) {
        report.ok({}, "names and states of people can be read");
        return;
    }
    report.fault(sample->front().dn,
                 "of nobody may the account read " + text::join(missing, ", ") +
                     ": disabled, expired and changed accounts are not seen",
                 grant_attributes(examination, missing));
}

void check_lockout(Examination& examination, Report& report)
{
    const auto* const sample = people(examination, report);
    if (sample == nullptr)
        return;
    const auto domain = examination.read(examination.domain(), directory::ad_domain_policy_attributes());
    if (!domain || !*domain || !directory::domain_lockout(**domain))
        report.warn(examination.domain(),
                    "the domain's lockout policy may not be read, so authd takes shield.lockout_floor for it",
                    {"let the account read lockoutThreshold, lockoutDuration and lockOutObservationWindow of the "
                     "domain's entry"});
    // Nobody has a lockoutTime who was never locked, so the computed state stands for it.
    const auto missing = unseen(*sample, {"badPwdCount", "msDS-User-Account-Control-Computed"});
    if (missing.empty()) {
        report.ok({}, "wrong passwords and locks can be seen");
        return;
    }
    Cure cure = grant_attributes(
        examination, {"badPwdCount", "badPasswordTime", "lockoutTime", "msDS-User-Account-Control-Computed"});
    report.fault(sample->front().dn,
                 "of nobody may the account read " + text::join(missing, ", ") +
                     ": authd cannot tell how near a person is to being locked out, and asks the directory less often",
                 std::move(cure));
}

void check_token_groups(Examination& examination, Report& report)
{
    const auto* const sample = people(examination, report);
    if (sample == nullptr)
        return;
    const std::string& dn = sample->front().dn;
    const auto entry = examination.read(dn, {"tokenGroups"}); // which only a search of one entry gives
    const auto& account = examination.account();
    const std::string name = account ? account->name : "ACCOUNT";
    if (entry && *entry && !(*entry)->first("tokenGroups").empty())
        report.ok({}, "tokenGroups can be read");
    else
        report.warn(dn,
                    "the account may not read tokenGroups: the groups that the domain itself reckons with cannot be "
                    "compared with those that authd finds",
                    {examination.make() == Make::samba
                         ? "samba-tool group addmembers \"Windows Authorization Access Group\" " + name
                         : "Add-ADGroupMember \"Windows Authorization Access Group\" -Members " + name});
}

void check_policies(Examination& examination, Report& report)
{
    if (examination.working() == nullptr) {
        report.skip("nothing can be searched: see servers and bind-account");
        return;
    }
    const std::string dn = "CN=Password Settings Container,CN=System," + examination.domain();
    const auto container = examination.read(dn, {"objectClass"});
    if (container && *container && !(*container)->first("objectClass").empty())
        report.ok(dn, "can be read");
    else
        report.warn(dn,
                    "fine-grained password policies (PSOs) may not be read: for people who have one authd takes "
                    "shield.lockout_floor for their lockout threshold",
                    grant_reading(examination, dn, false));
}

void check_deletions(Examination& examination, Report& report)
{
    if (examination.working() == nullptr) {
        report.skip("nothing can be searched: see servers and bind-account");
        return;
    }
    const std::string dn = "CN=Deleted Objects," + examination.domain();
    const auto container = examination.read(dn, {"objectClass"}, true);
    if (container && *container && !(*container)->first("objectClass").empty())
        report.ok(dn, "can be read");
    else
        report.warn(dn,
                    "deleted objects may not be read: a deletion holds only after the next sweep of all ids (every "
                    "deletions_interval), not within 2 s",
                    grant_reading(examination, dn, true));
}

} // namespace gatehouse::doctor
