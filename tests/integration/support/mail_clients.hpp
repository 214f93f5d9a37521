#pragma once

#include "support/connection.hpp"
#include "support/reply.hpp"

#include <string>
#include <string_view>

// Mail clients that log in once and then use what they were let in to, since a login counts only then. A verdict is
// read from the protocol's own words. A lost connection is `unavailable`, with what happened as its words.

namespace gatehouse::integration
{

/// base64 of NUL login NUL password: SASL PLAIN (RFC 4616).
std::string plain_message(std::string_view login, std::string_view password);
std::string base64(std::string_view bytes);

enum class ImapMethod {
    literals, ///< LOGIN with synchronizing literals (RFC 3501), which carry any byte but NUL
    quoted,   ///< LOGIN with quoted strings
    plain,    ///< AUTHENTICATE PLAIN
};
/// Granted when the inbox opens too.
Reply imap_login(const Place& place, ImapMethod method, std::string_view login, std::string_view password);

enum class Pop3Method { user_pass, plain };
/// Granted when STAT is answered too.
Reply pop3_login(const Place& place, Pop3Method method, std::string_view login, std::string_view password);

/// AUTHENTICATE "PLAIN" with the message as a literal (RFC 5804).
Reply sieve_login(const Place& place, std::string_view login, std::string_view password);

enum class SmtpMethod {
    plain_initial, ///< AUTH PLAIN with the response on the same line
    plain,         ///< AUTH PLAIN, then the response
    login,
};
/// Granted when a recipient is taken too.
Reply smtp_login(const Place& place, SmtpMethod method, std::string_view login, std::string_view password);

} // namespace gatehouse::integration
