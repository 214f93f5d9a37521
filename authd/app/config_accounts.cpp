#include "app/config_sections.hpp"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <charconv>

namespace gatehouse::app
{

namespace
{
constexpr std::uint32_t highest_id = 4'294'967'294; // (uid_t)-1 means "no user" to the system

bool is_number(const std::string& text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Looks a name up with the reentrant form of getpwnam or getgrnam.
template <class Row, class Get>
std::optional<Row> look_up(const std::string& name, std::vector<char>& room, Get get)
{
    for (room.resize(4096); room.size() <= 1024 * 1024; room.resize(room.size() * 2)) {
        Row row{};
        Row* found = nullptr;
        if (get(name.c_str(), &row, room.data(), room.size(), &found) == ERANGE)
            continue;
        return found ? std::optional<Row>(row) : std::nullopt;
    }
    return std::nullopt;
}
} // namespace

std::optional<std::uint32_t> read_user(const yaml::Value& value, std::uint32_t least)
{
    const auto name = value.text();
    if (!name)
        return std::nullopt;
    if (is_number(*name))
        return value.number(least, highest_id);
    std::vector<char> room;
    const auto row = look_up<passwd>(*name, room, ::getpwnam_r);
    if (!row)
        value.fault("unknown user \"" + *name + "\"");
    else if (row->pw_uid < least)
        value.fault("user \"" + *name + "\" is not allowed here");
    else
        return row->pw_uid;
    return std::nullopt;
}

std::optional<std::uint32_t> read_group(const yaml::Value& value, std::uint32_t least)
{
    const auto name = value.text();
    if (!name)
        return std::nullopt;
    if (is_number(*name))
        return value.number(least, highest_id);
    std::vector<char> room;
    const auto row = look_up<group>(*name, room, ::getgrnam_r);
    if (!row)
        value.fault("unknown group \"" + *name + "\"");
    else if (row->gr_gid < least)
        value.fault("group \"" + *name + "\" is not allowed here");
    else
        return row->gr_gid;
    return std::nullopt;
}

} // namespace gatehouse::app
