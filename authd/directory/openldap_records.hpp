#pragma once

#include "directory/entry.hpp"
#include "directory/openldap_policy.hpp"
#include "directory/settings.hpp"
#include "identity/feed.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

// From OpenLDAP's entries to the records of a feed. The memberships that follow from them are those that
// find_openldap_groups finds.

/// What a feed reads of people and of groups.
std::vector<std::string> openldap_feed_attributes(const OpenLdapSettings& settings);
std::vector<std::string> openldap_group_attributes(const OpenLdapSettings& settings);
/// The groups that have a member.
std::string openldap_group_filter(const OpenLdapSettings& settings);

/// Those that list this DN. None where members are listed by name alone.
std::string openldap_filter_of_groups_with(const OpenLdapSettings& settings, std::string_view dn);

/// A DN as a key: dn_key, with its escapes written in one way, since members are stored as somebody wrote them.
std::string member_key(std::string_view dn);

/// What a person's memberOf and a group's own record call the group. Where groups in groups do not count, it is no key
/// that a list of members could have.
std::string group_key(const OpenLdapSettings& settings, std::string_view dn);

/// Empty without a name.
std::optional<PersonRecord> openldap_person_record(const OpenLdapSettings& settings, const Entry& entry,
                                                   const std::optional<PasswordPolicy>& policy);
std::optional<GroupRecord> openldap_group_record(const OpenLdapSettings& settings, const Entry& entry);

/// A text that moves when the password does: pwdChangedTime; without it a digest of userPassword, where that may be
/// read. Under a password policy (`under_policy`, or the entry shows its traces) no pwdChangedTime means that the
/// password was never changed since the entry was made, and the text says so. Else it is entryCSN, which moves with
/// every write to the entry.
/// pwdChangedTime counts seconds and is taken when slapd receives the change, so entryCSN is added while it is less
/// than 5 s younger: two changes within one second differ, and a later write to the entry moves the text once without
/// need.
std::string password_version(const Entry& entry, bool under_policy);

} // namespace gatehouse::directory
