#include "directory/ad_person.hpp"

#include "base/text.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/number.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::directory
{

namespace
{
// MS-ADTS section 2.2.16, userAccountControl bits
constexpr std::uint32_t account_disabled = 0x2;
constexpr std::uint32_t locked_out = 0x10; // only in msDS-User-Account-Control-Computed
constexpr std::uint32_t password_never_expires = 0x10000;
constexpr std::uint32_t password_expired = 0x800000;

constexpr std::size_t sid_prefix = 8; // revision, count of parts, 48-bit authority

std::string equals(std::string_view attribute, std::string_view value)
{
    return '(' + std::string(attribute) + '=' + escape_filter(value) + ')';
}

/// userAccountControl is a signed 32-bit number in LDAP's text.
std::uint32_t bits(std::string_view text)
{
    return static_cast<std::uint32_t>(parse_number<std::int64_t>(text).value_or(0));
}

void add_address(std::vector<std::string>& addresses, std::string_view address)
{
    if (!address.empty() && std::ranges::none_of(addresses, [&](const std::string& known) {
            return text::equal_ignoring_case(known, address);
        }))
        addresses.emplace_back(address);
}

/// `mail`, then proxyAddresses: the primary one ("SMTP:") before the others ("smtp:"); X400 and the like are left out.
std::vector<std::string> addresses_of(const Entry& entry)
{
    std::vector<std::string> addresses;
    add_address(addresses, entry.first("mail"));
    for (const std::string_view prefix : {"SMTP:", "smtp:"})
        for (const std::string& value : entry.all("proxyAddresses"))
            if (value.starts_with(prefix))
                add_address(addresses, std::string_view(value).substr(prefix.size()));
    return addresses;
}

std::optional<LogonHours> logon_hours(std::string_view bytes)
{
    LogonHours hours;
    if (bytes.size() != hours.size() || std::ranges::all_of(bytes, [](char byte) { return byte == '\xff'; }))
        return std::nullopt; // absent or always
    std::ranges::transform(bytes, hours.begin(), [](char byte) { return static_cast<std::uint8_t>(byte); });
    return hours;
}

AccountState state_of(const Entry& entry)
{
    AccountState state;
    const std::uint32_t control = bits(entry.first("userAccountControl"));
    const std::string_view computed = entry.first("msDS-User-Account-Control-Computed");
    state.disabled = (control & account_disabled) != 0;
    // lockoutTime stays after the lock has ended, so it counts only where the computed bits are not to be had.
    state.locked =
        computed.empty() ? parse_file_time(entry.first("lockoutTime")).has_value() : (bits(computed) & locked_out) != 0;
    state.expires = parse_file_time(entry.first("accountExpires"));
    const bool never = (control & password_never_expires) != 0;
    state.must_change_password = entry.first("pwdLastSet") == "0" && !never;
    if (!never) {
        state.password_expires = parse_file_time(entry.first("msDS-UserPasswordExpiryTimeComputed"));
        if (!state.password_expires && !state.must_change_password && (bits(computed) & password_expired) != 0)
            state.password_expires = WallTime{};
    }
    state.logon_hours = logon_hours(entry.first("logonHours"));
    state.workstations_restricted = !entry.first("userWorkstations").empty();
    return state;
}

bool is_own_suffix(const ActiveDirectorySettings& settings, std::string_view base, std::string_view suffix)
{
    return suffix.find('.') == std::string_view::npos || // user@NETBIOS
           text::equal_ignoring_case(suffix, dns_domain(base)) ||
           std::ranges::any_of(settings.upn_suffixes,
                               [&](const std::string& own) { return text::equal_ignoring_case(own, suffix); });
}
} // namespace

std::vector<std::string> ad_attributes(const ActiveDirectorySettings& settings)
{
    std::vector<std::string> names = {"objectGUID",         "objectSid",
                                      "primaryGroupID",     "userPrincipalName",
                                      "sAMAccountName",     "mail",
                                      "proxyAddresses",     "displayName",
                                      "userAccountControl", "msDS-User-Account-Control-Computed",
                                      "lockoutTime",        "accountExpires",
                                      "pwdLastSet",         "msDS-UserPasswordExpiryTimeComputed",
                                      "logonHours",         "userWorkstations",
                                      "uidNumber",          "gidNumber",
                                      "unixHomeDirectory",  "memberOf"};
    if (!settings.mail_host_attribute.empty())
        names.push_back(settings.mail_host_attribute);
    return names;
}

std::string ad_filter(const ActiveDirectorySettings& settings, std::string_view base, const LoginName& name)
{
    std::string names;
    if (name.form == LoginName::Form::sid) {
        names = equals("objectSid", std::string_view(name.user).substr(sid_form.size()));
    } else if (name.form != LoginName::Form::qualified) {
        names = equals("sAMAccountName", name.user);
    } else {
        names = equals("userPrincipalName", name.given) + equals("mail", name.given) +
                equals("proxyAddresses", "smtp:" + name.given);
        if (is_own_suffix(settings, base, name.qualifier))
            names += equals("sAMAccountName", name.user);
        names = "(|" + names + ')';
    }
    return "(&" + settings.people_filter + names + ')';
}

std::optional<Person> ad_person(const ActiveDirectorySettings& settings, const Entry& entry)
{
    Person person;
    person.realm = settings.realm;
    person.name = text::lower(entry.first("sAMAccountName"));
    if (person.name.empty())
        return std::nullopt;
    person.id = guid_text(entry.first("objectGUID"));
    person.dn = entry.dn;
    person.upn = entry.first("userPrincipalName");
    person.display_name = entry.first("displayName");
    person.addresses = addresses_of(entry);
    person.mailbox =
        settings.mailbox_is_address && !person.addresses.empty() ? text::lower(person.addresses.front()) : person.name;
    if (!settings.mail_host_attribute.empty())
        person.mail_host = entry.first(settings.mail_host_attribute);
    person.state = state_of(entry);
    const auto uid = parse_number<std::uint32_t>(entry.first("uidNumber"));
    const auto gid = parse_number<std::uint32_t>(entry.first("gidNumber"));
    if (uid && gid)
        person.posix = PosixAccount{*uid, *gid, std::string(entry.first("unixHomeDirectory"))};
    person.known = Detail::account;
    return person;
}

std::string guid_text(std::string_view bytes)
{
    // The first three fields are little-endian numbers.
    constexpr std::array<std::size_t, 16> order{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    if (bytes.size() != order.size())
        return {};
    std::string out;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out += '-';
        const auto byte = static_cast<std::uint8_t>(bytes[order[i]]);
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

std::string primary_group_sid(const Entry& entry)
{
    std::string sid(entry.first("objectSid"));
    const auto group = parse_number<std::uint32_t>(entry.first("primaryGroupID"));
    const std::size_t parts = sid.size() > 1 ? static_cast<std::uint8_t>(sid[1]) : 0;
    if (!group || parts == 0 || sid.size() != sid_prefix + 4 * parts)
        return {};
    for (std::size_t i = 0; i < 4; ++i) // the last part, little-endian
        sid[sid.size() - 4 + i] = static_cast<char>(*group >> (8 * i) & 0xff);
    return sid;
}

std::optional<WallTime> parse_file_time(std::string_view digits)
{
    constexpr std::int64_t unix_epoch = 116'444'736'000'000'000; // in steps since 1601
    using Steps = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
    constexpr auto latest = std::chrono::duration_cast<Steps>(WallTime::duration::max());
    const auto steps = parse_number<std::int64_t>(digits);
    if (!steps || *steps <= 0 || *steps - unix_epoch > latest.count())
        return std::nullopt;
    if (*steps < unix_epoch)
        return WallTime{};
    return WallTime(std::chrono::duration_cast<WallTime::duration>(Steps(*steps - unix_epoch)));
}

std::string dns_domain(std::string_view base)
{
    std::string domain;
    for (const std::string_view part : text::split(base, ','))
        if (text::lower(part.substr(0, 3)) == "dc=")
            domain += (domain.empty() ? "" : ".") + text::lower(part.substr(3));
    return domain;
}

} // namespace gatehouse::directory
