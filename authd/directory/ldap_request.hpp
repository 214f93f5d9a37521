#pragma once

#include "base/result.hpp"
#include "directory/entry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// One search, RFC 4511 section 4.5.
struct SearchRequest {
    enum class Scope { base, subtree };

    std::string base;
    Scope scope = Scope::subtree;
    std::string filter = "(objectClass=*)"; ///< RFC 4515; values escaped by escape_filter
    std::vector<std::string> attributes;    ///< empty: none at all, only DNs
    std::size_t max_entries = 1000;         ///< more are result 4, sizeLimitExceeded
    bool paged = false;                     ///< in pages of 500 (RFC 2696); for what may be many
    std::string values;                     ///< RFC 3876: return only the values that this filter list matches
    bool deleted_too = false;               ///< Active Directory: what is deleted, too (MS-ADTS section 3.1.1.3.4.1.14)
    bool dns_with_ids = false; ///< Active Directory: DNs as <GUID=...>;<SID=...>;DN (MS-ADTS section 3.1.1.3.4.1.5)
};

/// What the server said at the end of an operation, RFC 4511 section 4.1.9.
struct LdapResult {
    int code = 0;
    std::string diagnostic;
};

struct SearchAnswer {
    LdapResult result;
    std::vector<Entry> entries;
};

/// The password policy response control, draft-behera-ldap-password-policy-10 section 6.2.
struct PolicyResponse {
    std::optional<int> expires_in;      ///< seconds until the password expires
    std::optional<int> grace_logins;    ///< logins left with an expired password
    std::optional<std::uint32_t> error; ///< 0 passwordExpired, 1 accountLocked, 2 changeAfterReset, ...
};

struct BindResponse {
    LdapResult result;
    PolicyResponse policy;
};

} // namespace gatehouse::directory
