#include "doctor/check.hpp"

#include <array>

namespace gatehouse::doctor
{

namespace
{
using enum For;
constexpr std::array table{
    Check{"dns", "SRV records and addresses of the servers", ldap, false, check_dns},
    Check{"servers", "each server answers", ldap, false, check_servers},
    Check{"certificate", "each server's certificate: chain, name, end", ldap, false, check_certificates},
    Check{"bind-account", "the account that searches is let in everywhere", ldap, false, check_bind_account},
    Check{"clock", "the servers' clocks and ours agree", ldap, false, check_clock},
    Check{"bases", "configured places exist, and people are found there", ldap, false, check_bases},
    Check{"schema", "attributes, indexes and controls that are needed", ldap, false, check_schema},
    Check{"people", "names and states of people can be read", active_directory, false, check_people},
    Check{"lockout", "lockout policy, wrong passwords and locks can be read", active_directory, false, check_lockout},
    Check{"token-groups", "tokenGroups can be read", active_directory, false, check_token_groups},
    Check{"policies", "fine-grained password policies can be read", active_directory, false, check_policies},
    Check{"deletions", "deleted objects can be read", active_directory, false, check_deletions},
    Check{"syncprov", "slapd tells changes", openldap, false, check_syncprov},
    Check{"ppolicy", "the password policy can be read and is in force", openldap, false, check_ppolicy},
    Check{"memberof", "memberOf agrees with the groups", openldap, false, check_memberof},
    Check{"keytab", "the keytab can be read, by authd alone", ldap, true, check_keytab_file},
    Check{"kdc", "each KDC answers, and its clock and ours agree", ldap, true, check_kdcs},
    Check{"keytab-keys", "the keytab's keys are those of the KDC", ldap, true, check_keytab_keys},
    Check{"spn", "each service name is one account's", active_directory, true, check_service_names},
    Check{"key-types", "the services' accounts may use AES", active_directory, true, check_key_types},
    Check{"winbind", "winbind judges NTLM for the domain", active_directory, false, check_winbind},
    Check{"feed", "the authd that runs hears of changes", every, false, check_feed},
};

bool fits(const Check& check, const Examination& examination)
{
    const bool ad = examination.active_directory() != nullptr;
    const bool other = examination.openldap() != nullptr;
    switch (check.whom) {
    case active_directory: return ad;
    case openldap: return other;
    case ldap: return ad || other;
    case every: break;
    }
    return true;
}
} // namespace

std::span<const Check> checks()
{
    return table;
}

std::vector<Finding> examine(Examination& examination, Which which)
{
    std::vector<Finding> findings;
    for (const Check& check : checks()) {
        if (!fits(check, examination) || (which == Which::of_keytab && !check.of_keytab))
            continue;
        Report report(examination.realm().names.realm, check.name, findings);
        check.run(examination, report);
    }
    return findings;
}

} // namespace gatehouse::doctor
