#include "directory/openldap_person.hpp"

#include "base/text.hpp"
#include "directory/ldap_handle.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace gatehouse::directory
{

namespace
{
constexpr std::string_view placeholder = "{name}";
constexpr std::string_view locked_for_good = "000001010000Z"; // draft-behera-ldap-password-policy-10 section 5.3.3

std::string equals(std::string_view attribute, std::string_view value)
{
    return '(' + std::string(attribute) + '=' + escape_filter(value) + ')';
}

std::optional<std::uint32_t> number(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Of several names, the one in the entry's own DN, so that it stays the same whichever of them was typed.
std::string_view canonical_name(const Entry& entry, std::string_view attribute)
{
    const std::string key = dn_key(entry.dn);
    for (const std::string& value : entry.all(attribute))
        if (key.starts_with(dn_key(std::string(attribute) + '=' + escape_rdn(value)) + ','))
            return value;
    return entry.first(attribute);
}

std::optional<PosixAccount> posix_account(const Entry& entry)
{
    const auto uid = number(entry.first("uidNumber"));
    const auto gid = number(entry.first("gidNumber"));
    if (!uid || !gid)
        return std::nullopt;
    return PosixAccount{*uid, *gid, std::string(entry.first("homeDirectory"))};
}
} // namespace

std::vector<std::string> openldap_attributes(const OpenLdapSettings& settings)
{
    std::vector<std::string> names = {
        "entryUUID", "displayName",          "cn",           "uidNumber", "gidNumber", "homeDirectory", "memberOf",
        "pwdReset",  "pwdAccountLockedTime", "pwdStartTime", "pwdEndTime"};
    names.push_back(settings.name_attribute);
    std::ranges::copy(settings.address_attributes, std::back_inserter(names));
    if (!settings.mail_host_attribute.empty())
        names.push_back(settings.mail_host_attribute);
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names, text::equal_ignoring_case).begin(), names.end());
    return names;
}

std::string openldap_filter(const OpenLdapSettings& settings, const LoginName& name)
{
    std::string names = equals(settings.name_attribute, name.user);
    if (name.form != LoginName::Form::plain)
        names += equals(settings.name_attribute, name.given); // a name that has '@' or '\' itself
    if (name.form == LoginName::Form::qualified)
        for (const std::string& attribute : settings.address_attributes)
            names += equals(attribute, name.given);
    return "(&" + settings.people_filter + (name.form == LoginName::Form::plain ? names : "(|" + names + ')') + ')';
}

std::string openldap_dn(const OpenLdapSettings& settings, std::string_view user)
{
    std::string dn = settings.dn_template;
    const std::string escaped = escape_rdn(user);
    for (std::size_t at = dn.find(placeholder); at != std::string::npos; at = dn.find(placeholder, at + escaped.size()))
        dn.replace(at, placeholder.size(), escaped);
    return dn;
}

namespace
{
bool starts_later(const Entry& entry)
{
    const auto start = parse_generalized_time(entry.first("pwdStartTime"));
    return start && *start > std::chrono::system_clock::now();
}
} // namespace

std::optional<Person> openldap_person(const OpenLdapSettings& settings, const Entry& entry)
{
    Person person;
    person.realm = settings.realm;
    person.name = text::lower(canonical_name(entry, settings.name_attribute));
    if (person.name.empty())
        return std::nullopt;
    person.id = entry.first("entryUUID");
    person.dn = entry.dn;
    person.display_name = entry.first(entry.all("displayName").empty() ? "cn" : "displayName");
    for (const std::string& attribute : settings.address_attributes)
        std::ranges::copy(entry.all(attribute), std::back_inserter(person.addresses));
    person.mailbox =
        settings.mailbox_is_address && !person.addresses.empty() ? text::lower(person.addresses.front()) : person.name;
    if (!settings.mail_host_attribute.empty())
        person.mail_host = entry.first(settings.mail_host_attribute);
    person.posix = posix_account(entry);
    // The moment of the lock; how long it lasts only the policy knows (openldap_policy.hpp).
    const std::string_view locked = entry.first("pwdAccountLockedTime");
    person.state.disabled = locked == locked_for_good || starts_later(entry);
    person.state.locked = parse_generalized_time(locked).has_value() && locked != locked_for_good;
    person.state.lock_may_have_ended = person.state.locked;
    person.state.expires = parse_generalized_time(entry.first("pwdEndTime"));
    person.state.must_change_password = text::equal_ignoring_case(entry.first("pwdReset"), "TRUE");
    person.known = Detail::account;
    return person;
}

std::optional<WallTime> parse_generalized_time(std::string_view text)
{
    // YYYYMMDDHHMM[SS][.f*]Z: what OpenLDAP writes
    std::array<int, 6> part{};
    constexpr std::array<std::size_t, 6> width{4, 2, 2, 2, 2, 2};
    std::size_t at = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (i == 5 && at < text.size() && (text[at] < '0' || text[at] > '9'))
            break; // no seconds
        if (at + width[i] > text.size())
            return std::nullopt;
        const char* const end = text.data() + at + width[i];
        if (std::from_chars(text.data() + at, end, part[i]).ptr != end)
            return std::nullopt;
        at += width[i];
    }
    if (at < text.size() && (text[at] == '.' || text[at] == ','))
        at = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    using namespace std::chrono;
    const year_month_day day{year{part[0]}, month{static_cast<unsigned>(part[1])},
                             std::chrono::day{static_cast<unsigned>(part[2])}};
    if (text.substr(at) != "Z" || !day.ok() || part[3] > 23 || part[4] > 59 || part[5] > 60)
        return std::nullopt;
    return wall_time(sys_days{day} + hours{part[3]} + minutes{part[4]} + seconds{part[5]});
}

} // namespace gatehouse::directory
