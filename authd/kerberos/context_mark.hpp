#pragma once

#include "base/result.hpp"
#include "kerberos/replay_cache.hpp"

#include <gssapi/gssapi.h>

namespace gatehouse::kerberos
{

/// A digest of what a client has chosen for an established context of Kerberos, bare or inside of SPNEGO: its subkey
/// (the ticket's session key, if it sent none) and its first sequence number. Both stand in the authenticator, which
/// nobody but the ticket's owner can make. Source: RFC 4120 section 5.5.1, RFC 4121 section 4.1. Error: `unavailable`
/// when the library does not tell them.
Result<ReplayCache::Mark> mark_of(gss_ctx_id_t context);

} // namespace gatehouse::kerberos
