#include "wire/native.hpp"

#include "base/text.hpp"
#include "wire/native_members.hpp"

namespace gatehouse::wire
{

namespace json = boost::json;

namespace
{

constexpr std::size_t max_depth = 16; // a status is deeper than a request

Result<json::object, WireError> read_object(std::string_view line)
{
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code error;
    json::value value = json::parse(line, error, {}, options);
    if (error || !value.is_object())
        return std::unexpected(WireError::malformed);
    return std::move(value.get_object());
}

std::optional<NativeVerdict::Outcome> read_outcome(std::string_view word)
{
    if (word == "granted")
        return NativeVerdict::Outcome::granted;
    if (word == "denied")
        return NativeVerdict::Outcome::denied;
    if (word == "unavailable")
        return NativeVerdict::Outcome::unavailable;
    return {};
}

std::optional<std::string> decoded(const json::value& value)
{
    if (!value.is_string())
        return {};
    const auto bytes = text::decode_base64(value.get_string());
    return bytes ? std::optional(std::string(bytes->view())) : std::nullopt;
}

std::optional<NativeVerdict> read_verdict(const json::object& members)
{
    NativeMembers read(members);
    const auto outcome = read_outcome(read.text("verdict"));
    if (!outcome)
        return {};
    NativeVerdict verdict;
    verdict.outcome = *outcome;
    verdict.text = read.text("text");
    verdict.told = read.text("told");
    verdict.reason = read.text("reason");
    verdict.detail = read.text("detail");
    verdict.grant = read.text("grant");
    verdict.server = read.text("server");
    verdict.steps = read.texts("steps");
    const json::value* right = members.if_contains("password_right");
    verdict.password_right = right != nullptr && right->is_bool() && right->get_bool();
    const json::value* until = members.if_contains("valid_until");
    if (until != nullptr && until->is_int64())
        verdict.valid_until = wall_time(std::chrono::sys_seconds(std::chrono::seconds(until->get_int64())));
    if (const json::value* last = members.if_contains("last")) {
        auto bytes = decoded(*last);
        if (!bytes)
            return {};
        verdict.last = std::move(*bytes);
    }
    if (const json::value* person = members.if_contains("person"))
        verdict.person = read_native_person(*person);
    if (!read.sound() || (verdict.outcome == NativeVerdict::Outcome::granted && !verdict.person))
        return {};
    return verdict;
}

/// The id of a reply: outer empty for one that is missing or no id, inner empty for null.
std::optional<std::optional<NativeId>> read_id(const json::object& members)
{
    const json::value* id = members.if_contains("id");
    if (id == nullptr)
        return {};
    if (id->is_null())
        return std::optional<NativeId>{};
    if (id->is_uint64())
        return std::optional<NativeId>{id->get_uint64()};
    if (id->is_int64() && id->get_int64() >= 0)
        return std::optional<NativeId>{static_cast<NativeId>(id->get_int64())};
    return {};
}

} // namespace

Result<NativeGreeting, WireError> parse_native_greeting(std::string_view line)
{
    const auto members = read_object(line);
    if (!members)
        return std::unexpected(members.error());
    const json::value* version = members->if_contains("gatehouse");
    if (version == nullptr || !version->is_int64())
        return std::unexpected(WireError::malformed);
    if (version->get_int64() != native_version)
        return std::unexpected(WireError::wrong_version);
    NativeMembers read(*members);
    return NativeGreeting{native_version, read.text("server")};
}

Result<NativeReply, WireError> parse_native_reply(std::string_view line)
{
    const auto malformed = std::unexpected(WireError::malformed);
    const auto members = read_object(line);
    const auto id = members ? read_id(*members) : std::nullopt;
    if (!id)
        return malformed;
    if (const json::value* error = members->if_contains("error"); error != nullptr && error->is_string())
        return NativeReply{*id, NativeRefusal{std::string(error->get_string())}};
    if (!*id)
        return malformed; // only an error may be about no request
    if (members->contains("verdict")) {
        auto verdict = read_verdict(*members);
        return verdict ? Result<NativeReply, WireError>(NativeReply{*id, std::move(*verdict)}) : malformed;
    }
    if (const json::value* challenge = members->if_contains("challenge")) {
        auto bytes = decoded(*challenge);
        return bytes ? Result<NativeReply, WireError>(NativeReply{*id, NativeChallenge{std::move(*bytes)}}) : malformed;
    }
    if (const json::value* result = members->if_contains("result"))
        return NativeReply{*id, NativeResult{*result}};
    return malformed;
}

} // namespace gatehouse::wire
