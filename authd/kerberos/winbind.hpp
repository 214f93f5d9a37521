#pragma once

#include <optional>
#include <string>

namespace gatehouse::kerberos
{

/// Nothing: winbindd answers, and a domain controller of the domain answers it. Else what is wrong, for the
/// administrator; a domain that winbindd does not know is trouble, too. `domain`: its NetBIOS or DNS name; empty:
/// winbindd's own. Blocks for as long as winbindd does: minutes at worst. Thread-safe.
std::optional<std::string> winbind_trouble(const std::string& domain);

} // namespace gatehouse::kerberos
