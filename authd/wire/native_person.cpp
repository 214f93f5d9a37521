#include "wire/native.hpp"

#include "base/text.hpp"

#include <array>

namespace gatehouse::wire
{

namespace json = boost::json;

namespace
{

std::int64_t unix_seconds(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

json::array strings(const std::vector<std::string>& list)
{
    return json::array(list.begin(), list.end());
}

void add_time(json::object& out, std::string_view key, const std::optional<WallTime>& time)
{
    if (time)
        out[key] = unix_seconds(*time);
}

std::string hex(const LogonHours& hours)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : hours) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

json::object state_of(const AccountState& state)
{
    json::object out{{"disabled", state.disabled},
                     {"locked", state.locked},
                     {"must_change_password", state.must_change_password},
                     {"workstations_restricted", state.workstations_restricted}};
    add_time(out, "locked_until", state.locked_until);
    add_time(out, "expires", state.expires);
    add_time(out, "password_expires", state.password_expires);
    if (state.logon_hours)
        out["logon_hours"] = hex(*state.logon_hours);
    return out;
}

json::object membership_of(const Membership& membership)
{
    json::object out{{"group", membership.group}};
    if (!membership.dn.empty())
        out["dn"] = membership.dn;
    out["via"] = strings(membership.via);
    return out;
}

std::string_view name_of(Detail known)
{
    switch (known) {
    case Detail::name: return "name";
    case Detail::account: return "account";
    case Detail::groups: break;
    }
    return "groups";
}

} // namespace

json::object native_person(const Person& person)
{
    json::object out{{"realm", person.realm},
                     {"name", person.name},
                     {"mailbox", person.mailbox},
                     {"id", person.id},
                     {"upn", person.upn},
                     {"display_name", person.display_name},
                     {"addresses", strings(person.addresses)}};
    if (!person.mail_host.empty())
        out["mail_host"] = person.mail_host;
    if (person.known < Detail::groups)
        return out; // no list is not the same as an empty one
    json::array groups;
    for (const Membership& membership : person.groups)
        groups.emplace_back(membership.group);
    out["groups"] = std::move(groups);
    return out;
}

json::object native_person_in_full(const Person& person)
{
    json::object out = native_person(person);
    out["dn"] = person.dn;
    out["known"] = name_of(person.known);
    out["state"] = state_of(person.state);
    if (person.posix)
        out["posix"] = {{"uid", person.posix->uid}, {"gid", person.posix->gid}, {"home", person.posix->home}};
    json::array memberships;
    for (const Membership& membership : person.groups)
        memberships.emplace_back(membership_of(membership));
    out["memberships"] = std::move(memberships);
    return out;
}

} // namespace gatehouse::wire
