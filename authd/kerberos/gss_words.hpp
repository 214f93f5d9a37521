#pragma once

#include "identity/gss.hpp"

#include <gssapi/gssapi.h>

#include <string>

namespace gatehouse::kerberos
{

/// GSSAPI's and the mechanism's own words for an error.
std::string words_of(OM_uint32 major, OM_uint32 minor, gss_OID mechanism);

/// What it means for the person that a token was not taken: their ticket proves nothing, or nothing could be found out.
GssContext::Failed refusal_of(OM_uint32 major, OM_uint32 minor, gss_OID mechanism);

/// The same for an answer of NTLM to this domain. The library has one word for a wrong answer and for an outage, so
/// that winbind is asked whether there is one: blocks, see winbind_trouble.
GssContext::Failed refusal_of_answer(OM_uint32 major, OM_uint32 minor, gss_OID mechanism, const std::string& domain);

} // namespace gatehouse::kerberos
