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

} // namespace gatehouse::kerberos
