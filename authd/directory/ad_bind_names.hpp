#pragma once

#include "directory/ldap_client.hpp"
#include "directory/server_set.hpp"
#include "directory/settings.hpp"
#include "identity/person.hpp"

#include <set>
#include <string>

namespace gatehouse::directory
{

/// What people are called in a bind without a search before it. A DN may be stale: the person has moved, or somebody
/// else has the name now. <GUID=...> (MS-ADTS section 3.1.1.3.1.2.4) means the same person for ever, and is a form of
/// DN, the first that a domain controller looks for (section 5.1.1.1.1), so that nobody can give themselves such a
/// name. That a bind takes it is not promised, so each server is tried with the account that searches before any person
/// depends on it. Samba 4.17 takes it. On the directory's thread.
class AdBindNames
{
public:
    /// All outlive it.
    AdBindNames(const ActiveDirectorySettings& settings, DirectoryThread& thread, ServerSet& servers,
                LdapClient& client);

    /// Tries servers as they come, until the thread stops. Once.
    Awaitable<void> run();

    /// Which to use now: <GUID=...> when every usable server is known to take it, else the DN.
    std::string of(const Person& person) const;

private:
    Awaitable<void> find_account();
    Awaitable<void> try_at(LdapServer& server);

    const ActiveDirectorySettings& settings_;
    DirectoryThread& thread_;
    ServerSet& servers_;
    LdapClient& client_;
    std::string account_id_;
    std::set<std::string, std::less<>> tried_; // servers, each once: the answer of a program does not change
    std::set<std::string, std::less<>> take_it_;
};

} // namespace gatehouse::directory
