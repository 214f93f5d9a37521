#pragma once

#include "directory/entry.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/ldap_request.hpp"

#include <string>

namespace gatehouse::directory
{

// What libldap has received, as values.

/// A SearchResultEntry, RFC 4511 section 4.5.2. What does not parse is left out. Once only: libldap writes over what it
/// has read.
Entry parse_entry(LDAP* ldap, LDAPMessage* message);

/// The value of one control of a SearchResultEntry; empty when it is not there. Before parse_entry.
std::string parse_entry_control(LDAP* ldap, LDAPMessage* message, const std::string& oid);

} // namespace gatehouse::directory
