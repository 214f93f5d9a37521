#pragma once

#include "doctor/finding.hpp"
#include "doctor/keytab_file.hpp"

#include <span>
#include <string>
#include <vector>

namespace gatehouse::doctor
{

/// The keytabs of one realm, for `authctl keytab`.
struct RealmKeytabs {
    std::string realm;
    std::vector<KeytabFile> keytabs;
};

/// The worst that was found; `ok` when nothing was.
Severity worst_of(std::span<const Finding> findings);

/// What was found, for people: warnings and faults with their cures, then one line that says how it stands; with `all`
/// also what is in order, and what could not be looked at. Text of servers is without control characters.
std::string tell_findings(std::span<const Finding> findings, bool all);
std::string tell_keytabs(std::span<const RealmKeytabs> keytabs);

/// The same for programs: one JSON value. `keytabs` empty: it is left out.
std::string tell_as_json(std::span<const Finding> findings, std::span<const RealmKeytabs> keytabs);

} // namespace gatehouse::doctor
