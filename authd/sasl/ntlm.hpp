#pragma once

#include "identity/exchange.hpp"

namespace gatehouse::sasl
{

/// NTLM: three messages, of which winbind makes the second and judges the third. What Outlook calls SPA. Source:
/// MS-NLMP; MS-OXSMTP, MS-POP3 and MS-OXIMAP for how it stands in mail protocols, which is SASL's.
extern const Mechanism ntlm;

} // namespace gatehouse::sasl
