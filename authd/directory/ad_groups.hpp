#pragma once

#include "directory/ldap_client.hpp"
#include "identity/person.hpp"

#include <string>
#include <vector>

namespace gatehouse::directory
{

/// Every group of a person in the domain `base`, security and distribution groups alike, the primary group included,
/// and how it was come by. Walks memberOf upward, one level at a time: each level is one indexed look-up of its groups
/// by DN. README.md says why neither tokenGroups nor the in-chain rule is used. At most 2,000 groups and 32 levels.
/// Error: an outage, also when there are more.
Awaitable<Result<std::vector<Membership>>> find_ad_groups(LdapClient& client, const std::string& base,
                                                          const Entry& person, Deadline deadline, Trail& trail);

} // namespace gatehouse::directory
