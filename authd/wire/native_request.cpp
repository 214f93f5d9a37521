#include "wire/native.hpp"

#include "base/text.hpp"
#include "wire/secret_base64.hpp"
#include "wire/secret_json.hpp"

#include <charconv>
#include <utility>

namespace gatehouse::wire
{

namespace json = boost::json;

namespace
{

constexpr std::size_t max_depth = 8;

/// Takes the members of one request; remembers the first fault, so that a request reads as one list of members.
class MemberReader
{
public:
    MemberReader(const json::object& members, std::optional<NativeId> id) : members_(members) { fault_.id = id; }

    enum class Needed : std::uint8_t { yes, no };

    /// A short name: a string without control characters.
    std::string name(std::string_view key, Needed needed)
    {
        std::string value(text(key, needed).value_or(std::string_view{}));
        if (value.size() > max_native_name || text::has_control(value) || (value.empty() && needed == Needed::yes))
            fail(key, "a name of 1 to 1024 bytes without control characters");
        return value;
    }

    std::string login() { return std::string(any_bytes("login", "login64").view()); }

    /// Text, or under the other key any bytes in base64.
    Secret any_bytes(std::string_view key, std::string_view base64_key)
    {
        if (members_.contains(base64_key)) {
            if (members_.contains(key))
                fail(key, "absent beside \"" + std::string(base64_key) + "\"");
            return base64(base64_key, Needed::yes).value_or(Secret{});
        }
        Secret value;
        if (!value.append(text(key, Needed::yes).value_or(std::string_view{})))
            starve();
        return value;
    }

    std::optional<Secret> base64(std::string_view key, Needed needed)
    {
        const auto encoded = text(key, needed);
        if (!encoded)
            return {};
        auto decoded = text::decode_base64(*encoded);
        if (decoded)
            return std::move(*decoded);
        if (decoded.error().kind == ErrorKind::limit)
            starve();
        else
            fail(key, "base64");
        return {};
    }

    bool flag(std::string_view key)
    {
        const json::value* member = members_.if_contains(key);
        if (member != nullptr && !member->is_bool())
            fail(key, "true or false");
        return member != nullptr && member->is_bool() && member->get_bool();
    }

    /// `request`, unless a member was at fault.
    Result<NativeRequest, NativeFault> finish(NativeRequest request)
    {
        if (failed_)
            return std::unexpected(std::move(fault_));
        return request;
    }

    std::optional<std::string_view> text(std::string_view key, Needed needed)
    {
        const json::value* member = members_.if_contains(key);
        if (member != nullptr && member->is_string())
            return std::string_view(member->get_string());
        if (member != nullptr || needed == Needed::yes)
            fail(key, "a string");
        return {};
    }

    void fail(std::string_view key, std::string_view expected)
    {
        if (std::exchange(failed_, true))
            return;
        fault_.text = "\"" + std::string(key) + "\" must be " + std::string(expected);
    }

private:
    void starve()
    {
        failed_ = true;
        fault_.error = WireError::out_of_memory;
        fault_.text = "the secret memory is full";
    }

    const json::object& members_;
    NativeFault fault_;
    bool failed_ = false;
};

using Needed = MemberReader::Needed;

std::optional<NativeId> id_of(const json::object& members)
{
    const json::value* id = members.if_contains("id");
    if (id == nullptr)
        return {};
    if (id->is_uint64())
        return id->get_uint64();
    if (id->is_int64() && id->get_int64() >= 0)
        return static_cast<NativeId>(id->get_int64());
    return {};
}

/// The id of a line that there was no memory to read, where it stands first, as in every line that our clients send.
std::optional<NativeId> leading_id(std::string_view line)
{
    constexpr std::string_view start = "{\"id\":";
    NativeId id = 0;
    if (!line.starts_with(start))
        return {};
    const char* const end = line.data() + line.size();
    const auto [after, error] = std::from_chars(line.data() + start.size(), end, id);
    if (error != std::errc{} || after == end || *after != ',')
        return {};
    return id;
}

Result<NativeRequest, NativeFault> read_authenticate(MemberReader& read, NativeId id)
{
    NativeAuthenticate request{.id = id,
                               .service = read.name("service", Needed::yes),
                               .login = read.login(),
                               .password = read.any_bytes("password", "password64"),
                               .realm = read.name("realm", Needed::no),
                               .client = read.name("client", Needed::no),
                               .trace = read.flag("trace")};
    return read.finish(std::move(request));
}

Result<NativeRequest, NativeFault> read_exchange(MemberReader& read, NativeId id)
{
    NativeExchange request{.id = id,
                           .service = read.name("service", Needed::yes),
                           .mechanism = read.name("mechanism", Needed::yes),
                           .initial = read.base64("initial", Needed::no),
                           .realm = read.name("realm", Needed::no),
                           .client = read.name("client", Needed::no),
                           .trace = read.flag("trace")};
    return read.finish(std::move(request));
}

Result<NativeRequest, NativeFault> read_request(const json::object& members)
{
    const auto id = id_of(members);
    MemberReader read(members, id);
    if (!id) {
        read.fail("id", "a whole number from 0");
        return read.finish(NativeCancel{});
    }
    const std::string_view op = read.text("op", Needed::yes).value_or(std::string_view{});
    if (op == "authenticate")
        return read_authenticate(read, *id);
    if (op == "exchange")
        return read_exchange(read, *id);
    if (op == "step")
        return read.finish(NativeStep{*id, read.base64("response", Needed::yes).value_or(Secret{})});
    if (op == "cancel")
        return read.finish(NativeCancel{*id});
    if (op == "status")
        return read.finish(NativeControl{*id, NativeControl::Operation::status, {}});
    if (op == "reload")
        return read.finish(NativeControl{*id, NativeControl::Operation::reload, {}});
    if (op == "explain")
        return read.finish(NativeControl{*id, NativeControl::Operation::explain, read.login()});
    read.fail("op", "one of authenticate, exchange, step, cancel, status, explain, reload");
    return read.finish(NativeCancel{});
}

} // namespace

Result<NativeRequest, NativeFault> parse_native_request(Secret line)
{
    auto document = SecretJson::parse(line.view(), max_depth);
    if (!document && document.error() == WireError::out_of_memory)
        return std::unexpected(
            NativeFault{leading_id(line.view()), WireError::out_of_memory, "the secret memory is full"});
    line.wipe(); // its text is in the document now; a large password must not stand in memory three times
    if (!document || !document->root().is_object())
        return std::unexpected(
            NativeFault{std::nullopt, WireError::malformed, "the line is not a JSON object of at most 8 levels"});
    return read_request(document->root().get_object());
}

namespace
{

/// Writes the members of one request into secret memory; the first failure stays.
class MemberWriter
{
public:
    MemberWriter(NativeId id, std::string_view op)
    {
        append("{\"id\":");
        append(std::to_string(id));
        text("op", op);
    }

    void text(std::string_view key, std::string_view value)
    {
        begin(key);
        if (!failure_)
            if (const auto added = append_json_string(line_, value); !added)
                failure_ = added.error();
    }
    void optional_text(std::string_view key, std::string_view value)
    {
        if (!value.empty())
            text(key, value);
    }
    void flag(std::string_view key, bool value)
    {
        if (!value)
            return;
        begin(key);
        append("true");
    }
    /// Text as it is; bytes that JSON cannot hold, or only at six times their length, in base64 under the other key.
    void any_bytes(std::string_view key, std::string_view base64_key, std::string_view value)
    {
        if (text::is_utf8(value) && !text::has_control(value))
            text(key, value);
        else
            base64(base64_key, {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
    }
    void base64(std::string_view key, std::span<const std::uint8_t> value)
    {
        begin(key);
        append("\"");
        if (!failure_ && !append_base64(line_, value))
            failure_ = WireError::out_of_memory;
        append("\"");
    }

    Result<Secret, WireError> finish()
    {
        append("}\n");
        if (!failure_ && line_.size() > max_native_line + 1)
            failure_ = WireError::too_long;
        if (failure_)
            return std::unexpected(*failure_);
        return std::move(line_);
    }

private:
    void begin(std::string_view key) // our keys need no escape
    {
        append(",\"");
        append(key);
        append("\":");
    }
    void append(std::string_view piece)
    {
        if (!failure_ && !line_.append(piece))
            failure_ = WireError::out_of_memory;
    }

    Secret line_;
    std::optional<WireError> failure_;
};

Result<Secret, WireError> format(const NativeAuthenticate& request)
{
    MemberWriter write(request.id, "authenticate");
    write.text("service", request.service);
    write.any_bytes("login", "login64", request.login);
    write.any_bytes("password", "password64", request.password.view());
    write.optional_text("realm", request.realm);
    write.optional_text("client", request.client);
    write.flag("trace", request.trace);
    return write.finish();
}

Result<Secret, WireError> format(const NativeExchange& request)
{
    MemberWriter write(request.id, "exchange");
    write.text("service", request.service);
    write.text("mechanism", request.mechanism);
    if (request.initial)
        write.base64("initial", request.initial->bytes());
    write.optional_text("realm", request.realm);
    write.optional_text("client", request.client);
    write.flag("trace", request.trace);
    return write.finish();
}

Result<Secret, WireError> format(const NativeStep& request)
{
    MemberWriter write(request.id, "step");
    write.base64("response", request.response.bytes());
    return write.finish();
}

Result<Secret, WireError> format(const NativeCancel& request)
{
    return MemberWriter(request.id, "cancel").finish();
}

Result<Secret, WireError> format(const NativeControl& request)
{
    switch (request.operation) {
    case NativeControl::Operation::status: return MemberWriter(request.id, "status").finish();
    case NativeControl::Operation::reload: return MemberWriter(request.id, "reload").finish();
    case NativeControl::Operation::explain: break;
    }
    MemberWriter write(request.id, "explain");
    write.any_bytes("login", "login64", request.login);
    return write.finish();
}

} // namespace

Result<Secret, WireError> format_native_request(const NativeRequest& request)
{
    return std::visit([](const auto& one) { return format(one); }, request);
}

} // namespace gatehouse::wire
