#include "directory/openldap_records.hpp"

#include "base/text.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/openldap_person.hpp"
#include "directory/password_digest.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr auto slowest_write = 5s; // from receiving a change to its entryCSN

bool holds_names(std::string_view attribute)
{
    return text::equal_ignoring_case(attribute, "memberUid");
}

/// memberUid is compared with its case (RFC 2307 section 3.2), as the server does it for find_openldap_groups.
std::string name_key(std::string_view name)
{
    return "uid:" + std::string(name);
}

bool shows_a_policy(const Entry& entry)
{
    return std::ranges::any_of(std::array{"pwdFailureTime", "pwdAccountLockedTime", "pwdPolicySubentry", "pwdReset"},
                               [&](const char* attribute) { return !entry.all(attribute).empty(); });
}
} // namespace

std::vector<std::string> openldap_feed_attributes(const OpenLdapSettings& settings)
{
    std::vector<std::string> names = openldap_attributes(settings);
    for (const char* const name : {"entryCSN", "pwdChangedTime", "pwdFailureTime", "pwdPolicySubentry", "userPassword"})
        if (std::ranges::find(names, name) == names.end())
            names.emplace_back(name);
    return names;
}

std::vector<std::string> openldap_group_attributes(const OpenLdapSettings& settings)
{
    std::vector<std::string> names = {"entryUUID", "entryCSN", settings.group_name_attribute};
    std::ranges::copy(settings.group_member_attributes, std::back_inserter(names));
    return names;
}

std::string openldap_group_filter(const OpenLdapSettings& settings)
{
    std::string any;
    for (const std::string& attribute : settings.group_member_attributes)
        any += '(' + attribute + "=*)";
    return "(|" + any + ')';
}

std::string openldap_filter_of_groups_with(const OpenLdapSettings& settings, std::string_view dn)
{
    std::string any;
    for (const std::string& attribute : settings.group_member_attributes)
        if (!holds_names(attribute))
            any += '(' + attribute + '=' + escape_filter(dn) + ')';
    return any.empty() ? "(!(objectClass=*))" : "(|" + any + ')';
}

std::string member_key(std::string_view dn)
{
    if (dn.find('\\') == std::string_view::npos)
        return dn_key(dn);
    LDAPDN parts = nullptr;
    char* text = nullptr;
    if (ldap_str2dn(std::string(dn).c_str(), &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
        return dn_key(dn);
    const int written = ldap_dn2str(parts, &text, LDAP_DN_FORMAT_LDAPV3);
    ldap_dnfree(parts);
    const LdapText owned(text);
    return dn_key(written == LDAP_SUCCESS ? std::string_view(text) : dn);
}

std::string group_key(const OpenLdapSettings& settings, std::string_view dn)
{
    return (settings.nested_groups ? "" : "group:") + member_key(dn);
}

std::optional<PersonRecord> openldap_person_record(const OpenLdapSettings& settings, const Entry& entry,
                                                   const std::optional<PasswordPolicy>& policy)
{
    auto person = openldap_person(settings, entry);
    if (!person)
        return std::nullopt;
    apply_policy(policy, entry, *person);
    person->password_version = password_version(entry, policy.has_value());
    PersonRecord record{.person = *std::move(person)};
    record.keys.push_back(member_key(entry.dn));
    for (const std::string& name : entry.all(settings.name_attribute)) {
        record.keys.push_back(name_key(name));
        if (std::string lower = text::lower(name); lower != record.person.name)
            record.other_names.push_back(std::move(lower));
    }
    for (const std::string& dn : entry.all("memberOf"))
        record.member_of.push_back(group_key(settings, dn));
    return record;
}

std::optional<GroupRecord> openldap_group_record(const OpenLdapSettings& settings, const Entry& entry)
{
    GroupRecord record{.id = std::string(entry.first("entryUUID")),
                       .name = std::string(entry.first(settings.group_name_attribute)),
                       .dn = entry.dn};
    if (record.name.empty())
        return std::nullopt;
    record.keys.push_back(group_key(settings, entry.dn));
    for (const std::string& attribute : settings.group_member_attributes)
        for (const std::string& member : entry.all(attribute))
            record.members.push_back(holds_names(attribute) ? name_key(member) : member_key(member));
    return record;
}

std::string password_version(const Entry& entry, bool under_policy)
{
    const std::string_view changed = entry.first("pwdChangedTime");
    const std::string_view csn = entry.first("entryCSN");
    if (changed.empty()) {
        const auto stored = entry.all("userPassword");
        if (!stored.empty())
            return password_digest(stored);
        return under_policy || shows_a_policy(entry) ? "never changed" : std::string(csn);
    }
    std::string version(changed);
    const auto moment = parse_generalized_time(changed);
    const auto written = parse_generalized_time(csn.substr(0, csn.find('#')));
    if (moment && written && *written - *moment < slowest_write)
        version.append(" ").append(csn);
    return version;
}

} // namespace gatehouse::directory
