#pragma once

#include "directory/entry.hpp"
#include "directory/settings.hpp"
#include "identity/login_name.hpp"
#include "identity/person.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

/// What is read of a person's entry.
std::vector<std::string> ad_attributes(const ActiveDirectorySettings& settings);

/// The filter that finds whom `name` means in the domain whose naming context is `base`.
std::string ad_filter(const ActiveDirectorySettings& settings, std::string_view base, const LoginName& name);

/// The person of an entry, all but the groups. Empty without a sAMAccountName.
std::optional<Person> ad_person(const ActiveDirectorySettings& settings, const Entry& entry);

/// A GUID as Windows writes it (MS-DTYP section 2.3.4.3), lower case, from the 16 bytes of objectGUID. Empty for
/// another length.
std::string guid_text(std::string_view bytes);

/// The SID (MS-DTYP section 2.4.2.2, bytes as in objectSid) of the person's primary group: the person's own with
/// primaryGroupID as its last part. Empty when either is missing or malformed.
std::string primary_group_sid(const Entry& entry);

/// 100 ns steps since 1601 in decimal digits; empty for "never" (0 and 2^63-1), for times that the clock here cannot
/// express, and for anything else.
std::optional<WallTime> parse_file_time(std::string_view digits);

/// DC=campus,DC=example is campus.example; empty when the DN has no such parts.
std::string dns_domain(std::string_view base);

} // namespace gatehouse::directory
