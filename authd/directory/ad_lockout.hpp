#pragma once

#include "directory/ldap_client.hpp"
#include "directory/server_set.hpp"
#include "identity/directory.hpp"

#include <map>
#include <memory>
#include <string>

namespace gatehouse::directory
{

/// How near people are to being locked out. badPwdCount is not replicated: each domain controller counts the wrong
/// passwords that it has seen, and the PDC emulator all of them, since the others ask it before they refuse one
/// (MS-ADTS section 3.1.1.5.17, MS-SAMS section 3.2.4.2). So it is asked where it is among the realm's servers and
/// usable. Otherwise the best server's count may be lower than the truth by what was tried elsewhere. On the
/// directory's thread.
class AdLockout
{
public:
    AdLockout(ServerSet& servers, LdapClient& client) : servers_(servers), client_(client) {}

    /// `root`: the naming context of the domain. Error: an outage, or `invalid` when the account that searches may not
    /// read the count.
    Awaitable<Result<LockoutCount>> count(const Person& person, const std::string& root, Deadline deadline,
                                          Trail& trail);

private:
    Awaitable<std::shared_ptr<LdapServer>> find_pdc(const std::string& settings, Deadline deadline);
    Awaitable<Result<Entry>> read(LdapServer* at, SearchRequest request, Deadline deadline, Trail& trail);
    Awaitable<Result<SearchAnswer>> search_at(LdapServer& server, const SearchRequest& request, Deadline deadline);

    ServerSet& servers_;
    LdapClient& client_;
    std::map<std::string, std::string> identities_; // a server's name: its dsServiceName
};

} // namespace gatehouse::directory
