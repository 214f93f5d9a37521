#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::wire
{

/// The mechanisms of GSSAPI that are known here.
enum class GssMechanism : std::uint8_t { kerberos, ntlm, other };

/// Which mechanism the client of SPNEGO wants first, of those that are known: its list in a NegTokenInit (RFC 4178
/// section 4.2.1) is in the order of its wishes, and an acceptor takes the first that it has. `other`: none of them, or
/// the token is no NegTokenInit. OpenSSL reads the DER; that the rest of the token is sound is for the library to see.
GssMechanism first_wish(std::string_view token);

} // namespace gatehouse::wire
