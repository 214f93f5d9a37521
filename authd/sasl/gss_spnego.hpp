#pragma once

#include "identity/exchange.hpp"

namespace gatehouse::sasl
{

/// GSS-SPNEGO: Kerberos inside of SPNEGO's tokens, or NTLM where the listener offers that by itself, too. Source: RFC
/// 4178; MS-SPNG; Cyrus SASL 2.1.28, plugins/gssapi.c.
extern const Mechanism gss_spnego;

} // namespace gatehouse::sasl
