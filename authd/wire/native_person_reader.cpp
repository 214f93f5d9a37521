// What native_person.cpp writes, read again.
#include "wire/native.hpp"
#include "wire/native_members.hpp"

#include "base/text.hpp"

namespace gatehouse::wire
{

namespace json = boost::json;

namespace
{

std::optional<std::uint8_t> digit(char c)
{
    if (c >= '0' && c <= '9')
        return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<std::uint8_t>(c - 'a' + 10);
    return {};
}

/// Empty text: not restricted.
std::optional<LogonHours> read_hours(NativeMembers& read)
{
    const std::string text = read.text("logon_hours");
    LogonHours hours{};
    if (text.empty())
        return {};
    if (text.size() != 2 * hours.size()) {
        read.fail();
        return {};
    }
    for (std::size_t i = 0; i < hours.size(); ++i) {
        const auto high = digit(text[2 * i]);
        const auto low = digit(text[2 * i + 1]);
        if (!high || !low)
            read.fail();
        hours[i] = static_cast<std::uint8_t>(high.value_or(0) << 4 | low.value_or(0));
    }
    return hours;
}

bool read_state(const json::object& members, AccountState& state)
{
    NativeMembers read(members);
    state.disabled = read.flag("disabled");
    state.locked = read.flag("locked");
    state.must_change_password = read.flag("must_change_password");
    state.workstations_restricted = read.flag("workstations_restricted");
    state.locked_until = read.time("locked_until");
    state.expires = read.time("expires");
    state.password_expires = read.time("password_expires");
    state.logon_hours = read_hours(read);
    return read.sound();
}

bool read_posix(const json::object& members, std::optional<PosixAccount>& posix)
{
    NativeMembers read(members);
    const auto uid = read.number("uid");
    const auto gid = read.number("gid");
    if (!uid || !gid || *uid > UINT32_MAX || *gid > UINT32_MAX)
        return false;
    posix = PosixAccount{static_cast<std::uint32_t>(*uid), static_cast<std::uint32_t>(*gid), read.text("home")};
    return read.sound();
}

/// With how they were inherited, where that was told; else their names.
bool read_groups(NativeMembers& read, std::vector<Membership>& groups)
{
    const json::array* const memberships = read.array("memberships");
    if (memberships == nullptr) {
        for (std::string& group : read.texts("groups"))
            groups.push_back({std::move(group), {}, {}});
        return true;
    }
    for (const json::value& one : *memberships) {
        if (!one.is_object())
            return false;
        NativeMembers membership(one.get_object());
        groups.push_back({membership.text("group"), membership.text("dn"), membership.texts("via")});
        if (!membership.sound())
            return false;
    }
    return true;
}

} // namespace

std::optional<Person> read_native_person(const json::value& value)
{
    if (!value.is_object())
        return {};
    NativeMembers read(value.get_object());
    Person person;
    person.realm = read.text("realm");
    person.name = read.text("name");
    person.mailbox = read.text("mailbox");
    person.id = read.text("id");
    person.dn = read.text("dn");
    person.upn = read.text("upn");
    person.display_name = read.text("display_name");
    person.addresses = read.texts("addresses");
    person.mail_host = read.text("mail_host");
    person.known = value.get_object().contains("groups") ? Detail::groups : Detail::account;
    const json::object* const state = read.object("state");
    const json::object* const posix = read.object("posix");
    const bool sound = read_groups(read, person.groups) && (state == nullptr || read_state(*state, person.state)) &&
                       (posix == nullptr || read_posix(*posix, person.posix));
    if (!sound || !read.sound() || person.name.empty())
        return {};
    return person;
}

} // namespace gatehouse::wire
