#pragma once

#include "gate/proved_login.hpp"

namespace gatehouse::gate
{

/// Somebody whose proof an exchange has compared with a SCRAM verifier. A wrong one counts as a wrong password: no
/// directory is asked and none can lock, but networks that try passwords of many people are slowed here, too.
Awaitable<Verdict> check_verifier(const Checking& checking);

} // namespace gatehouse::gate
