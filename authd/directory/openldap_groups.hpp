#pragma once

#include "directory/ldap_client.hpp"
#include "directory/settings.hpp"
#include "identity/person.hpp"

#include <string>
#include <vector>

namespace gatehouse::directory
{

/// Every group of a person, and how it was come by: an upward search, one level at a time, through the member
/// attributes of the groups and, first, the memberOf values of the person. Loops end, since a group is taken once; at
/// most 1,000 groups and 16 levels. Error: an outage, also when there are more.
Awaitable<Result<std::vector<Membership>>> find_openldap_groups(LdapClient& client, const OpenLdapSettings& settings,
                                                                const Entry& person, Deadline deadline, Trail& trail);

} // namespace gatehouse::directory
