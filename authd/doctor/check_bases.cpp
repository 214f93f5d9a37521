// Do the places and filters of the configuration exist, and is anybody there?
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

namespace gatehouse::doctor
{

namespace
{
void judge_place(Examination& examination, const std::string& dn, const std::string& key, Report& report)
{
    const auto entry = examination.read(dn, {});
    if (!entry)
        report.fault(dn, "cannot be read: " + entry.error().text, {"see the server's log"});
    else if (!*entry)
        report.fault(dn, key + " names a place that does not exist, or that the account that searches may not see",
                     {"correct " + key +
                      " in authd.yaml; the server's naming contexts are in its rootDSE: ldapsearch -x -s "
                      "base -b '' namingContexts"});
    else
        report.ok(dn, "exists");
}

void judge_people(Examination& examination, const std::string& base, const std::string& filter, Report& report)
{
    const auto found = examination.find({.base = base, .filter = filter, .attributes = {}, .max_entries = 1});
    if (found && found->empty())
        report.fault(
            base, "nobody is found there with the filter " + filter,
            {"correct people.base or people.filter in authd.yaml, or let the account that searches read people"});
    else if (found)
        report.ok(base, "people are found");
}
} // namespace

void check_bases(Examination& examination, Report& report)
{
    if (examination.working() == nullptr) {
        report.skip("nothing can be searched: see servers and bind-account");
        return;
    }
    if (const auto* const ad = examination.active_directory()) {
        const std::string base = ad->base.empty() ? examination.domain() : ad->base;
        judge_place(examination, base, "people.base", report);
        judge_people(examination, base, ad->people_filter, report);
        return;
    }
    const directory::OpenLdapSettings& settings = *examination.openldap();
    if (!settings.people_base.empty()) {
        judge_place(examination, settings.people_base, "people.base", report);
        judge_people(examination, settings.people_base, settings.people_filter, report);
    }
    if (!settings.groups_base.empty())
        judge_place(examination, settings.groups_base, "groups.base", report);
    if (!settings.policy_dn.empty())
        judge_place(examination, settings.policy_dn, "policy", report);
}

} // namespace gatehouse::doctor
