// What authd uses of slapd's overlays: syncprov (changes), ppolicy (states of accounts), memberof (groups).
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "directory/ldap_handle.hpp"
#include "directory/openldap_records.hpp"
#include "directory/sync_protocol.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

using directory::Entry;

namespace
{
constexpr std::string_view refresh_only("\x30\x03\x0a\x01\x01", 5); // RFC 4533 section 2.2: SEQUENCE { ENUMERATED 1 }
constexpr auto nobody = "(!(objectClass=*))";
constexpr std::string_view policy_control = "1.3.6.1.4.1.42.2.27.8.5.1"; // draft-behera-ldap-password-policy-10

bool knows(const Server& server, std::string_view control)
{
    const auto known = server.root_dse.all("supportedControl");
    return std::ranges::find(known, control) != known.end();
}

/// The naming context that holds `dn`.
std::string context_of(const Server& server, const std::string& dn)
{
    const std::string key = directory::dn_key(dn);
    for (const std::string& context : server.root_dse.all("namingContexts"))
        if (key.ends_with(directory::dn_key(context)))
            return context;
    return dn;
}

Server* working_or_skip(Examination& examination, Report& report)
{
    Server* const server = examination.working();
    if (server == nullptr)
        report.skip("nothing can be searched: see servers and bind-account");
    return server;
}
} // namespace

void check_syncprov(Examination& examination, Report& report)
{
    Server* const server = working_or_skip(examination, report);
    if (server == nullptr)
        return;
    const directory::OpenLdapSettings& settings = *examination.openldap();
    const std::string context = context_of(*server, settings.people_base);
    // That slapd knows the control says only that the module is loaded; the overlay is a database's own.
    const auto code =
        server->session->search_under({.base = settings.people_base, .filter = nobody, .attributes = {LDAP_NO_ATTRS}},
                                      {std::string(directory::sync_request_oid), std::string(refresh_only)});
    if (!code) {
        report.skip("slapd does not answer: " + code.error().text);
    } else if (*code != LDAP_SUCCESS) {
        report.warn(
            context,
            "slapd does not tell its changes by itself (overlay syncprov): authd reads everybody anew from time "
            "to time, and a change holds only after that",
            {"moduleload syncprov", "overlay syncprov      # in the database of " + context,
             "syncprov-checkpoint 100 1"});
    } else {
        report.ok(context, "syncprov tells changes");
    }
}

void check_ppolicy(Examination& examination, Report& report)
{
    const Server* const server = working_or_skip(examination, report);
    if (server == nullptr)
        return;
    const std::string& policy = examination.openldap()->policy_dn;
    const bool overlay = knows(*server, policy_control);
    if (policy.empty()) {
        report.ok({}, overlay ? "no default policy is configured; policies that people's entries name are honoured"
                              : "no password policy");
        return;
    }
    const auto entry = examination.read(policy, {"pwdAttribute", "objectClass"});
    if (!overlay)
        report.warn(server->name, "a policy is configured, and slapd does not answer with password policies",
                    {"moduleload ppolicy", "overlay ppolicy      # in the database of the people",
                     "ppolicy_default \"" + policy + '"'});
    else if (entry && *entry && (*entry)->first("pwdAttribute").empty())
        report.fault(policy, "is no password policy, or the account that searches may not read it",
                     {"let " + examination.ldap().bind.dn + " read it, or correct policy in authd.yaml"});
    else if (entry && *entry)
        report.ok(policy, "can be read");
    else
        report.skip(policy + ": see bases");
}

void check_memberof(Examination& examination, Report& report)
{
    const Server* const server = working_or_skip(examination, report);
    if (server == nullptr)
        return;
    const std::string& groups = examination.openldap()->groups_base;
    const auto found =
        groups.empty() ? Result<std::vector<Entry>>(std::vector<Entry>{})
                       : examination.find({.base = groups,
                                           .filter = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
                                           .attributes = {"member", "uniqueMember"},
                                           .max_entries = 20});
    if (!found || found->empty()) {
        report.ok({}, "no groups by which memberOf could be compared");
        return;
    }
    bool served = false;
    for (const Entry& group : *found) {
        const std::string member(group.first("member"));
        const auto entry =
            member.empty() ? Result<std::optional<Entry>>(std::nullopt) : examination.read(member, {"memberOf"});
        if (!entry || !*entry || (*entry)->all("memberOf").empty())
            continue;
        served = true;
        if (std::ranges::none_of((*entry)->all("memberOf"), [&](const std::string& dn) {
                return directory::member_key(dn) == directory::member_key(group.dn);
            })) {
            report.warn(member,
                        "its memberOf lacks " + group.dn +
                            ", which lists it as a member: the overlay memberof "
                            "was not there when the group was written",
                        {"write the group's members anew (remove and add one), with the overlay memberof loaded"});
            return;
        }
    }
    report.ok({},
              served ? "memberOf agrees with the groups" : "memberOf is not kept; authd reads the groups themselves");
}

} // namespace gatehouse::doctor
