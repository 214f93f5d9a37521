#pragma once

#include "directory/entry.hpp"
#include "directory/settings.hpp"
#include "identity/login_name.hpp"
#include "identity/person.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

/// What is read of a person's entry.
std::vector<std::string> openldap_attributes(const OpenLdapSettings& settings);

/// The filter that finds whom `name` means, with the settings' people_filter.
std::string openldap_filter(const OpenLdapSettings& settings, const LoginName& name);

/// The DN that the settings' template makes of a name.
std::string openldap_dn(const OpenLdapSettings& settings, std::string_view user);

/// The person of an entry, all but the groups. Empty without a name.
std::optional<Person> openldap_person(const OpenLdapSettings& settings, const Entry& entry);

/// Generalized time (RFC 4517 section 3.3.13) in UTC, fractions ignored; empty when it is none.
std::optional<WallTime> parse_generalized_time(std::string_view text);

} // namespace gatehouse::directory
