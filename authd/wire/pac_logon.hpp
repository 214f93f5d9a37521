#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace gatehouse::wire
{

/// The SID of the person that a PAC's logon information names: the domain's SID and the person's number in it. `bytes`
/// is the buffer as a domain controller signed it (MS-PAC section 2.5, KERB_VALIDATION_INFO in NDR, MS-RPCE section
/// 2.2.6). Everything else in it is skipped: groups come from the directory. Error: `invalid` when it ends early, holds
/// no domain, or names a person only by another domain's SID (section 2.5, UserId 0).
Result<std::string> parse_pac_logon(std::string_view bytes);

} // namespace gatehouse::wire
