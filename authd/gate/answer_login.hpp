#pragma once

#include "gate/proved_login.hpp"

namespace gatehouse::gate
{

/// Somebody whose answer to a challenge (NTLM) only their directory can judge. It counts there as a password does, so
/// the shield is asked first. Only people of Active Directory can have one.
Awaitable<Verdict> check_answer(const Checking& checking);

} // namespace gatehouse::gate
