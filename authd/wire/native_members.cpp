#include "wire/native_members.hpp"

namespace gatehouse::wire
{

namespace json = boost::json;

std::string NativeMembers::text(std::string_view key)
{
    const json::value* const member = members_.if_contains(key);
    if (member == nullptr)
        return {};
    if (member->is_string())
        return std::string(member->get_string());
    fail();
    return {};
}

std::vector<std::string> NativeMembers::texts(std::string_view key)
{
    std::vector<std::string> out;
    const json::array* const list = array(key);
    if (list == nullptr)
        return out;
    for (const json::value& one : *list) {
        if (one.is_string())
            out.emplace_back(one.get_string());
        else
            fail();
    }
    return out;
}

bool NativeMembers::flag(std::string_view key)
{
    const json::value* const member = members_.if_contains(key);
    if (member != nullptr && !member->is_bool())
        fail();
    return member != nullptr && member->is_bool() && member->get_bool();
}

std::optional<std::uint64_t> NativeMembers::number(std::string_view key)
{
    const json::value* const member = members_.if_contains(key);
    if (member == nullptr)
        return {};
    boost::system::error_code error;
    const auto value = member->to_number<std::uint64_t>(error);
    if (!error)
        return value;
    fail();
    return {};
}

std::optional<WallTime> NativeMembers::time(std::string_view key)
{
    const json::value* const member = members_.if_contains(key);
    if (member == nullptr)
        return {};
    if (member->is_int64())
        return wall_time(std::chrono::sys_seconds(std::chrono::seconds(member->get_int64())));
    fail();
    return {};
}

const json::object* NativeMembers::object(std::string_view key)
{
    const json::value* const member = members_.if_contains(key);
    if (member != nullptr && !member->is_object())
        fail();
    return member == nullptr ? nullptr : member->if_object();
}

const json::array* NativeMembers::array(std::string_view key)
{
    const json::value* const member = members_.if_contains(key);
    if (member != nullptr && !member->is_array())
        fail();
    return member == nullptr ? nullptr : member->if_array();
}

} // namespace gatehouse::wire
