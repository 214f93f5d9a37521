#pragma once

#include "support/peer.hpp"

namespace gatehouse::integration
{

// The servers of the lab. Where a server has several methods, the first is the one that its own clients use most.

Peer cyrus_imap();       ///< LOGIN; saslauthd door
Peer cyrus_imap_plain(); ///< AUTHENTICATE PLAIN
Peer cyrus_pop3();       ///< USER and PASS; saslauthd door
Peer cyrus_pop3_plain(); ///< AUTH PLAIN
Peer cyrus_sieve();      ///< AUTHENTICATE PLAIN; saslauthd door
Peer postfix_dovecot();  ///< AUTH PLAIN; Dovecot door
Peer postfix_dovecot_login();
Peer postfix_dovecot_initial(); ///< AUTH PLAIN with its response on the same line
Peer postfix_saslauthd();       ///< AUTH PLAIN; saslauthd door through Cyrus SASL
Peer postfix_saslauthd_login();
Peer exim();           ///< AUTH PLAIN; Dovecot door
Peer exim_login();     ///< AUTH LOGIN
Peer sendmail();       ///< AUTH PLAIN; saslauthd door through Cyrus SASL
Peer sendmail_login(); ///< AUTH LOGIN
Peer dovecot_imap();   ///< AUTHENTICATE PLAIN; its auth service is authd
Peer dovecot_imap_login();
Peer dovecot_pop3(); ///< AUTH PLAIN
Peer dovecot_pop3_user();
Peer pure_ftpd();     ///< extauth door
Peer nginx();         ///< Basic; auth_request, gatehouse-web, native door
Peer nginx_by_curl(); ///< the same, curl as the client
Peer slapd_sasl();    ///< simple binds that slapd passes through ({SASL}) to the saslauthd door
Peer testsaslauthd_program();

} // namespace gatehouse::integration
