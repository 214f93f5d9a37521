#pragma once

#include "support/connection.hpp"
#include "support/reply.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

// Clients of FTP, the web and LDAP, and the doors spoken directly. A verdict is read from the protocol's own words; a
// lost connection is `unavailable`, with what happened as its words.

namespace gatehouse::integration
{

/// Granted when PWD is answered too. FTP has no word for an outage: 530 is `denied` whatever the cause.
Reply ftp_login(const Place& place, std::string_view login, std::string_view password);

/// GET with HTTP Basic. Granted: 200; unavailable: 5xx; the words are the status line and the last line of the page.
Reply http_login(const Place& place, std::string_view path, std::string_view login, std::string_view password);

/// A simple bind by libldap. Granted: success; denied: invalidCredentials (49) and others; unavailable: the server is
/// away.
Reply ldap_login(const std::string& uri, const std::string& dn, std::string_view password);

/// curl as a client of any URL scheme it knows; user and password come from a configuration on its standard input.
/// Granted: exit status 0; denied: 67 (login denied) or HTTP 401; anything else is unavailable.
Reply curl_login(const std::string& url, std::string_view login, std::string_view password);

/// Cyrus SASL's own test program. Its password stands on its command line: sample people only.
Reply testsaslauthd(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                    std::string_view realm = {});

// The doors, by the client's side of our own codecs.

Reply saslauthd_login(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                      std::string_view realm = {});

/// One AUTH PLAIN on a connection of its own; `minor` 0 is how Postfix and Exim speak.
Reply dovecot_login(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                    std::uint32_t minor = 2);

/// Granted's words are "uid gid home".
Reply extauth_login(const Place& door, std::string_view login, std::string_view password,
                    std::string_view client_address = "192.0.2.7");

/// By authd/client. Granted's words are the mailbox name.
Reply native_login(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                   std::string_view client_address = {});

/// The Dovecot userdb door, asked as lmtp asks it who somebody is; no password is shown. Granted: found, its words the
/// mailbox name; denied: NOTFOUND.
Reply userdb_look_up(const Place& door, std::string_view login);

} // namespace gatehouse::integration
