#pragma once

#include "directory/tls_look.hpp"

#include <string>

namespace gatehouse::directory
{

/// What is wrong with what a server showed, in one sentence, e.g.
/// `certificate is for dc-old.campus.example (expected dc2.campus.example); issued by "Campus CA"`. Empty: nothing was
/// found.
std::string describe_tls(const TlsLook& look, const SuspectServer& server);

/// Looks at a server whose TLS handshake failed in libldap, which does not say why, and describes it. Blocks until
/// `deadline` at most: for the network pool.
std::string diagnose_tls(const SuspectServer& server, Deadline deadline);

} // namespace gatehouse::directory
