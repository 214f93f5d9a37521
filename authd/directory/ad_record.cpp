#include "directory/ad_record.hpp"

#include "base/text.hpp"
#include "directory/ad_person.hpp"
#include "identity/sid.hpp"

#include <algorithm>
#include <charconv>

namespace gatehouse::directory
{

namespace
{
/// An account is locked from lockoutTime on for as long as its policy says (MS-ADTS section 3.1.1.4.5.17). lockoutTime
/// stays when the lock has ended.
void set_lock(AccountState& state, const Entry& entry, const AdPolicies& policies, WallTime now)
{
    const std::string_view since = entry.first("lockoutTime");
    state.locked = !since.empty() && since != "0";
    if (!state.locked)
        return;
    const auto policy = policies.lockout_of(entry.first("msDS-ResultantPSO"));
    const auto locked_at = parse_file_time(since);
    state.lock_may_have_ended = !policy;
    if (!policy || !policy->duration || !locked_at)
        return;
    if (now - *locked_at >= *policy->duration)
        state.locked = false;
    else if (*locked_at < now + std::chrono::years(1)) // beyond, it has been written by hand: for good
        state.locked_until = *locked_at + *policy->duration;
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix)
{
    return text::equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool is_part_of(const Attribute& attribute, std::string_view name)
{
    return attribute.name.size() > name.size() && starts_ignoring_case(attribute.name, name) &&
           starts_ignoring_case(std::string_view(attribute.name).substr(name.size()), ";range=");
}
} // namespace

std::vector<std::string> ad_person_attributes(const ActiveDirectorySettings& settings)
{
    std::vector<std::string> attributes = ad_attributes(settings);
    std::erase_if(attributes, [](const std::string& name) {
        return name == "memberOf" || name == "msDS-User-Account-Control-Computed";
    });
    attributes.emplace_back("msDS-ResultantPSO");
    return attributes;
}

std::vector<std::string> ad_group_attributes()
{
    return {"objectGUID", "objectSid", "sAMAccountName", "member"};
}

std::optional<PersonRecord> ad_person_record(const ActiveDirectorySettings& settings, const AdPolicies& policies,
                                             const Entry& entry, WallTime now)
{
    auto person = ad_person(settings, entry);
    if (!person || person->id.empty())
        return std::nullopt;
    PersonRecord record{.person = std::move(*person), .other_names = {}, .keys = {}, .member_of = {}};
    set_lock(record.person.state, entry, policies, now);
    if (const std::string_view changed = entry.first("pwdLastSet"); changed != "0") // 0: must change, not when
        record.person.password_version = changed;
    record.person.password_changed = parse_file_time(record.person.password_version);
    record.keys.push_back(record.person.id);
    if (const std::string sid = sid_text(entry.first("objectSid")); !sid.empty())
        record.other_names.push_back(text::lower(name_of_sid(sid).user));
    if (std::string group = sid_text(primary_group_sid(entry)); !group.empty())
        record.member_of.push_back(std::move(group));
    return record;
}

std::optional<GroupRecord> ad_group_record(const Entry& entry)
{
    GroupRecord record;
    record.id = guid_text(entry.first("objectGUID"));
    record.name = entry.first("sAMAccountName");
    if (record.id.empty() || record.name.empty())
        return std::nullopt;
    record.dn = parse_identified_dn(entry.dn).dn;
    record.keys.push_back(record.id);
    if (std::string sid = sid_text(entry.first("objectSid")); !sid.empty())
        record.keys.push_back(std::move(sid));
    add_member_ids(entry, record.members);
    return record;
}

void add_member_ids(const Entry& entry, std::vector<std::string>& members)
{
    for (const std::string& value : ranged_values(entry, "member"))
        if (std::string id = parse_identified_dn(value).guid; !id.empty())
            members.push_back(std::move(id));
}

IdentifiedDn parse_identified_dn(std::string_view text)
{
    IdentifiedDn parsed;
    while (text.starts_with('<')) {
        const std::size_t end = text.find('>');
        if (end == std::string_view::npos)
            break;
        if (starts_ignoring_case(text, "<GUID="))
            parsed.guid = text::lower(text.substr(6, end - 6));
        text.remove_prefix(end + 1);
        if (text.starts_with(';'))
            text.remove_prefix(1);
    }
    parsed.dn = text;
    return parsed;
}

std::size_t next_range(const Entry& entry, std::string_view attribute)
{
    const auto part =
        std::ranges::find_if(entry.attributes, [&](const Attribute& one) { return is_part_of(one, attribute); });
    if (part == entry.attributes.end())
        return 0;
    const std::string& name = part->name;
    std::size_t last = 0;
    const auto read = std::from_chars(name.data() + name.rfind('-') + 1, name.data() + name.size(), last);
    return read.ec == std::errc{} ? last + 1 : 0; // "*": the last part
}

std::string range_from(std::string_view attribute, std::size_t first)
{
    return std::string(attribute) + ";range=" + std::to_string(first) + "-*";
}

std::vector<std::string> ranged_values(const Entry& entry, std::string_view attribute)
{
    std::vector<std::string> values;
    for (const Attribute& one : entry.attributes)
        if (text::equal_ignoring_case(one.name, attribute) || is_part_of(one, attribute))
            values.insert(values.end(), one.values.begin(), one.values.end());
    return values;
}

} // namespace gatehouse::directory
