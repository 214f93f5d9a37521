#pragma once

#include "base/secret.hpp"
#include "directory/ldap_request.hpp"
#include "directory/server_set.hpp"
#include "identity/directory.hpp"

#include <string>

namespace gatehouse::directory
{

/// Asks a realm's servers: chooses one, waits for its answer, and turns to another when it fails. On the directory's
/// thread.
class LdapClient
{
public:
    explicit LdapClient(ServerSet& servers) : servers_(servers) {}

    /// One search; a server that fails meanwhile is replaced by the next. The result code is 0 or one that the caller
    /// asked to see in `accepted`. Error: an outage, or `invalid` as LdapConnection::search.
    Awaitable<Result<SearchAnswer>> search(const SearchRequest& request, Deadline deadline, Trail& trail,
                                           std::initializer_list<int> accepted = {});

    /// One simple bind with a person's password. A bind that was sent counts at the directory; when the connection
    /// breaks before its answer nobody can know whether it did, and it is sent once more and never again. A server that
    /// says it is busy or unavailable has not looked at the password. Error: an outage.
    Awaitable<Result<BindResponse>> bind(const std::string& dn, std::string_view password, bool ask_policy,
                                         Deadline deadline, Trail& trail);

private:
    struct Tried { // what one request has been through
        std::vector<LdapServer*> without;
        std::string last_error;
    };

    Awaitable<Result<SearchAnswer>> search_on(LdapConnection& connection, LdapServer& server,
                                              const SearchRequest& request, Deadline deadline);
    Deadline connect_deadline(const LdapServer& server, const Tried& tried, Deadline deadline) const;
    void leave_troubled(LdapServer& server, const LdapResult& result);
    void judge(LdapServer& server, const Error& error, Deadline asked);
    Error no_server(const Tried& tried, Deadline deadline) const;

    ServerSet& servers_;
};

/// The outage that an error of this folder is.
Reason outage_of(const Error& error, Deadline deadline);

} // namespace gatehouse::directory
