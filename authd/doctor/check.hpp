#pragma once

#include "doctor/examination.hpp"
#include "doctor/finding.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::doctor
{

/// Which realms a check is for.
enum class For : std::uint8_t { active_directory, openldap, ldap, every };

/// One thing that goes wrong in practice. README.md says how to add one.
struct Check {
    std::string_view name;     ///< a word of the output, which scripts and documents name
    std::string_view question; ///< what it looks at, for --all and the documentation
    For whom = For::every;
    bool of_keytab = false; ///< `authctl keytab` runs it too
    /// Reports at least one finding, and stops at what another check tells already. Must not write anywhere, nor show
    /// a server a password that the directory has not just taken.
    void (*run)(Examination& examination, Report& report);
};

/// All checks, in the order in which they are run and told: what others depend on comes first.
std::span<const Check> checks();

enum class Which : std::uint8_t { all, of_keytab };
/// Runs the checks that fit a realm. Blocks: a server that does not answer costs the timeouts of the configuration.
std::vector<Finding> examine(Examination& examination, Which which);

// One file each, in the order of the table.
void check_dns(Examination& examination, Report& report);
void check_servers(Examination& examination, Report& report);
void check_certificates(Examination& examination, Report& report);
void check_bind_account(Examination& examination, Report& report);
void check_clock(Examination& examination, Report& report);
void check_bases(Examination& examination, Report& report);
void check_schema(Examination& examination, Report& report);
void check_people(Examination& examination, Report& report);
void check_lockout(Examination& examination, Report& report);
void check_token_groups(Examination& examination, Report& report);
void check_policies(Examination& examination, Report& report);
void check_deletions(Examination& examination, Report& report);
void check_syncprov(Examination& examination, Report& report);
void check_ppolicy(Examination& examination, Report& report);
void check_memberof(Examination& examination, Report& report);
void check_keytab_file(Examination& examination, Report& report);
void check_kdcs(Examination& examination, Report& report);
void check_keytab_keys(Examination& examination, Report& report);
void check_service_names(Examination& examination, Report& report);
void check_key_types(Examination& examination, Report& report);
void check_winbind(Examination& examination, Report& report);
void check_feed(Examination& examination, Report& report);

} // namespace gatehouse::doctor
