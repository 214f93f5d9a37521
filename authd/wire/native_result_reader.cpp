// What the results of find, watch, count, keep, mint, session and sessions hold.
#include "wire/native.hpp"
#include "wire/native_members.hpp"

#include "base/text.hpp"

namespace gatehouse::wire
{

namespace json = boost::json;

namespace
{
constexpr auto malformed = std::unexpected(WireError::malformed);

const json::value* member_of(const json::value& result, std::string_view key)
{
    return result.is_object() ? result.get_object().if_contains(key) : nullptr;
}

bool says(const json::value& result, std::string_view key)
{
    const json::value* const member = member_of(result, key);
    return member != nullptr && member->is_bool() && member->get_bool();
}
} // namespace

Result<NativeFound, WireError> parse_native_found(const json::value& result)
{
    const json::value* const told = member_of(result, "person");
    if (told == nullptr)
        return malformed;
    NativeMembers read(result.get_object());
    NativeFound found{.person = {}, .reason = read.text("reason")};
    if (!read.sound())
        return malformed;
    if (told->is_null())
        return found;
    found.person = read_native_person(*told);
    return found.person ? Result<NativeFound, WireError>(std::move(found)) : malformed;
}

Result<NativeNews, WireError> parse_native_news(const json::value& result)
{
    if (const json::value* const told = member_of(result, "person")) {
        auto person = read_native_person(*told);
        return person ? Result<NativeNews, WireError>(NativeNews{std::move(*person)}) : malformed;
    }
    if (const json::value* const gone = member_of(result, "gone"))
        return gone->is_string()
                   ? Result<NativeNews, WireError>(NativeNews{NativeNews::Gone{std::string(gone->get_string())}})
                   : malformed;
    if (const json::value* const live = member_of(result, "live"))
        return live->is_bool() ? Result<NativeNews, WireError>(NativeNews{NativeNews::Live{live->get_bool()}})
                               : malformed;
    if (says(result, "begin"))
        return NativeNews{NativeNews::Begin{}};
    if (says(result, "complete"))
        return NativeNews{NativeNews::Complete{}};
    return malformed;
}

Result<std::uint64_t, WireError> parse_native_count(const json::value& result)
{
    if (!result.is_object())
        return malformed;
    NativeMembers read(result.get_object());
    const auto count = read.number("count");
    return count ? Result<std::uint64_t, WireError>(*count) : malformed;
}

Result<std::optional<std::string>, WireError> parse_native_kept(const json::value& result)
{
    const json::value* const bytes = member_of(result, "bytes");
    if (bytes == nullptr || !(bytes->is_null() || bytes->is_string()))
        return malformed;
    if (bytes->is_null())
        return std::optional<std::string>{};
    const auto decoded = text::decode_base64(bytes->get_string());
    return decoded ? Result<std::optional<std::string>, WireError>(std::string(decoded->view())) : malformed;
}

Result<Secret, WireError> parse_native_minted(const json::value& result)
{
    const json::value* const told = member_of(result, "secret");
    if (told == nullptr || !told->is_string() || told->get_string().empty())
        return malformed;
    Secret secret;
    if (!secret.append(std::string_view(told->get_string())))
        return std::unexpected(WireError::out_of_memory);
    return secret;
}

Result<NativeEnd, WireError> parse_native_end(const json::value& result)
{
    if (!result.is_object())
        return malformed;
    NativeMembers read(result.get_object());
    NativeEnd end{.reason = read.text("end"), .text = read.text("text")};
    return read.sound() && !end.reason.empty() ? Result<NativeEnd, WireError>(std::move(end)) : malformed;
}

Result<NativeSessions, WireError> parse_native_sessions(const json::value& result)
{
    if (!result.is_object())
        return malformed;
    NativeMembers read(result.get_object());
    const json::array* const sessions = read.array("sessions");
    const std::uint64_t next = read.number("next").value_or(0);
    if (!read.sound() || sessions == nullptr)
        return malformed;
    return NativeSessions{.sessions = *sessions, .next = next};
}

} // namespace gatehouse::wire
