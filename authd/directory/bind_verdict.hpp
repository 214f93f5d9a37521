#pragma once

#include "directory/ldap_request.hpp"
#include "identity/reason.hpp"

#include <string>

namespace gatehouse::directory
{

/// What a directory's answer to a bind says about the password and the account.
struct BindVerdict {
    Reason reason = Reason::directory_unavailable; ///< granted, a refusal or an outage
    std::string detail{};                          ///< for the administrator
    bool unproven = false;                         ///< a refusal that came before the password was looked at
};

/// OpenLDAP and other RFC 4511 servers, with the password policy response where they sent one. README.md has the table.
BindVerdict judge_bind(const BindResponse& response);

/// Active Directory and Samba: result 49 with `data HEX` in its diagnostic message. README.md has the table.
BindVerdict judge_ad_bind(const LdapResult& result);

/// A refused bind of the account that searches, in a sentence, with the cure where one is known.
std::string explain_bind_error(const LdapResult& result);

/// A failed search in a sentence, with the cure where one is known.
std::string explain_search_error(const LdapResult& result);

} // namespace gatehouse::directory
