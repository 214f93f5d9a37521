#pragma once

#include "directory/ad_policies.hpp"
#include "directory/entry.hpp"
#include "directory/settings.hpp"
#include "identity/feed.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

// From an entry of Active Directory to what a feed tells of it. A person is called by objectGUID, a group by objectGUID
// and SID: members are told by GUID, since a member that moves changes its DN and not the group.

/// What the feed reads of a person. Nothing in it changes by the clock alone, so no computed lock is among it.
std::vector<std::string> ad_person_attributes(const ActiveDirectorySettings& settings);
std::vector<std::string> ad_group_attributes();

/// The person of an entry. `now` decides whether a lock has ended. Empty without a name or an id.
std::optional<PersonRecord> ad_person_record(const ActiveDirectorySettings& settings, const AdPolicies& policies,
                                             const Entry& entry, WallTime now);

/// The group of an entry that was read with `SearchRequest::dns_with_ids`; `members` are those of this entry, of which
/// there may be more (`next_range`). Empty without a name or an id.
std::optional<GroupRecord> ad_group_record(const Entry& entry);

/// Adds the ids of members in `entry`, read with `SearchRequest::dns_with_ids`, to `members`.
void add_member_ids(const Entry& entry, std::vector<std::string>& members);

/// A DN with what may stand before it: <GUID=...>;<SID=...>;CN=... (MS-ADTS section 3.1.1.3.4.1.5).
struct IdentifiedDn {
    std::string guid{}; ///< lower case; empty when it is not there
    std::string dn{};
};
IdentifiedDn parse_identified_dn(std::string_view text);

/// Where the next part of an attribute with many values begins: after "member;range=0-1499" at 1500. 0: that was all
/// (MS-ADTS section 3.1.1.3.1.3.3).
std::size_t next_range(const Entry& entry, std::string_view attribute);
/// The name under which that part is asked for.
std::string range_from(std::string_view attribute, std::size_t first);
/// The values of the attribute, whole or a part.
std::vector<std::string> ranged_values(const Entry& entry, std::string_view attribute);

} // namespace gatehouse::directory
