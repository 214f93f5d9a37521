#pragma once

#include <optional>
#include <string>

namespace gatehouse::kerberos
{

/// Nothing: winbindd answers, and a domain controller of its own domain answers it. Else what is wrong, for the
/// administrator. Blocks for as long as winbindd does: minutes at worst. Thread-safe.
std::optional<std::string> winbind_trouble();

} // namespace gatehouse::kerberos
