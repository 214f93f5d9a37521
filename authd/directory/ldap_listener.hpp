#pragma once

#include "base/result.hpp"
#include "directory/entry.hpp"
#include "directory/ldap_request.hpp"

#include <string>
#include <string_view>

namespace gatehouse::directory
{

/// A control of a request or an answer, RFC 4511 section 4.1.11; its value in BER.
struct LdapControlValue {
    std::string oid;
    std::string value;
};

/// Takes the messages of a search that goes on, as they come. Called on the directory's thread, from inside the
/// connection: it notes what it is told and does nothing else to the connection.
class LdapListener
{
public:
    virtual ~LdapListener() = default;

    /// The entry came with the control that was asked for; `control` is its value, empty when it has none.
    virtual void entry(Entry entry, std::string_view control) = 0;
    /// RFC 4511 section 4.13.
    virtual void intermediate(std::string_view oid, std::string_view value) = 0;
    /// Nothing more will come. Error: the connection broke.
    virtual void ended(Result<LdapResult> result) = 0;
};

} // namespace gatehouse::directory
