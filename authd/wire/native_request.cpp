#include "wire/native.hpp"

#include "base/text.hpp"
#include "wire/secret_base64.hpp"
#include "wire/secret_json.hpp"

#include <algorithm>
#include <array>
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

    /// An object of types and their bytes in base64.
    std::vector<ChannelBinding> bindings()
    {
        std::vector<ChannelBinding> bindings;
        const json::object* const members = object("bindings");
        if (members == nullptr)
            return bindings;
        for (const auto& [type, value] : *members) {
            const auto bytes =
                value.is_string() ? text::decode_base64(std::string_view(value.get_string())) : invalid("no string");
            const bool known = std::ranges::find(native_bindings, std::string_view(type)) != native_bindings.end();
            if (!known || !bytes || bytes->empty() || bytes->size() > max_native_binding)
                fail("bindings", "an object of tls-exporter and tls-server-end-point, each 1 to 128 bytes in base64");
            else
                bindings.push_back({.type = std::string(type), .bytes = std::string(bytes->view())});
        }
        return bindings;
    }

    std::optional<ClientCertificate> certificate()
    {
        const json::object* const members = object("certificate");
        if (members == nullptr)
            return {};
        ClientCertificate certificate;
        const auto read_name = [&](const json::value& value, std::string& name) {
            if (value.is_string())
                name = std::string_view(value.get_string());
            if (name.empty() || name.size() > max_native_name || text::has_control(name))
                fail("certificate", "an object of upn and mails, names of 1 to 1024 bytes without control characters");
        };
        if (const json::value* upn = members->if_contains("upn"))
            read_name(*upn, certificate.name);
        const json::value* const mails = members->if_contains("mails");
        if (mails != nullptr && (!mails->is_array() || mails->get_array().size() > max_native_mails))
            fail("certificate", "an object whose mails are an array of at most 16");
        else if (mails != nullptr)
            for (const json::value& mail : mails->get_array())
                read_name(mail, certificate.mails.emplace_back());
        return certificate;
    }

    bool flag(std::string_view key)
    {
        const json::value* member = members_.if_contains(key);
        if (member != nullptr && !member->is_bool())
            fail(key, "true or false");
        return member != nullptr && member->is_bool() && member->get_bool();
    }

    /// A whole number up to `most`; `otherwise` when it is absent.
    std::uint32_t number(std::string_view key, std::uint32_t otherwise, std::uint32_t most)
    {
        const json::value* member = members_.if_contains(key);
        if (member == nullptr)
            return otherwise;
        boost::system::error_code error;
        const auto value = member->to_number<std::uint32_t>(error);
        if (error || value > most)
            fail(key, "a whole number up to " + std::to_string(most));
        return error ? otherwise : value;
    }

    /// A whole number; 0 when it is absent.
    std::uint64_t count(std::string_view key)
    {
        const json::value* member = members_.if_contains(key);
        if (member == nullptr)
            return 0;
        boost::system::error_code error;
        const auto value = member->to_number<std::uint64_t>(error);
        if (error)
            fail(key, "a whole number from 0");
        return error ? 0 : value;
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
    /// Null: absent, or none.
    const json::object* object(std::string_view key)
    {
        const json::value* member = members_.if_contains(key);
        if (member != nullptr && !member->is_object())
            fail(key, "an object");
        return member != nullptr ? member->if_object() : nullptr;
    }

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
                           .channel = {.bindings = read.bindings(), .certificate = read.certificate()},
                           .trace = read.flag("trace")};
    return read.finish(std::move(request));
}

constexpr std::uint32_t longest_window = 366 * 24 * 3600; // seconds

Result<NativeRequest, NativeFault> read_admit(MemberReader& read, NativeId id)
{
    return read.finish(NativeAdmit{.id = id,
                                   .service = read.name("service", Needed::yes),
                                   .mechanism = read.name("mechanism", Needed::yes),
                                   .login = read.login(),
                                   .realm = read.name("realm", Needed::no),
                                   .client = read.name("client", Needed::no)});
}

Result<NativeRequest, NativeFault> read_hold(MemberReader& read, NativeId id)
{
    return read.finish(NativeHold{.id = id,
                                  .realm = read.name("realm", Needed::yes),
                                  .person = read.name("person", Needed::no),
                                  .name = read.name("name", Needed::yes),
                                  .service = read.name("service", Needed::yes),
                                  .client = read.name("client", Needed::no),
                                  .store = read.name("store", Needed::no),
                                  .since = read.count("since")});
}

Result<NativeRequest, NativeFault> read_control(MemberReader& read, NativeId id, NativeControl::Operation operation)
{
    using enum NativeControl::Operation;
    const bool about_somebody =
        operation == explain || operation == shield_clear || operation == sessions || operation == kick;
    return read.finish(NativeControl{id, operation, about_somebody ? read.login() : std::string(),
                                     operation == sessions ? read.count("after") : 0});
}

struct Operation {
    std::string_view name;
    Result<NativeRequest, NativeFault> (*read)(MemberReader& read, NativeId id);
};

constexpr std::array operations{
    Operation{"authenticate", read_authenticate},
    Operation{"exchange", read_exchange},
    Operation{"step",
              [](MemberReader& read, NativeId id) {
                  return read.finish(NativeStep{id, read.base64("response", Needed::yes).value_or(Secret{})});
              }},
    Operation{"cancel", [](MemberReader& read, NativeId id) { return read.finish(NativeCancel{id}); }},
    Operation{"find",
              [](MemberReader& read, NativeId id) {
                  return read.finish(NativeFind{id, read.login(), read.name("realm", Needed::no)});
              }},
    Operation{"watch", [](MemberReader& read,
                          NativeId id) { return read.finish(NativeWatch{id, read.name("realm", Needed::yes)}); }},
    Operation{"admit", read_admit},
    Operation{"count",
              [](MemberReader& read, NativeId id) {
                  return read.finish(NativeCount{id, read.name("key", Needed::yes),
                                                 read.number("window_s", 60, longest_window),
                                                 read.number("n", 0, UINT32_MAX)});
              }},
    Operation{"keep",
              [](MemberReader& read, NativeId id) {
                  return read.finish(NativeKeep{id, read.name("key", Needed::yes), read.base64("bytes", Needed::no)});
              }},
    Operation{"mint",
              [](MemberReader& read, NativeId id) {
                  return read.finish(NativeMint{id, read.name("grant", Needed::yes), read.name("service", Needed::yes),
                                                read.name("store", Needed::yes)});
              }},
    Operation{"session", read_hold},
    Operation{"status",
              [](MemberReader& read, NativeId id) { return read_control(read, id, NativeControl::Operation::status); }},
    Operation{"reload",
              [](MemberReader& read, NativeId id) { return read_control(read, id, NativeControl::Operation::reload); }},
    Operation{"explain", [](MemberReader& read,
                            NativeId id) { return read_control(read, id, NativeControl::Operation::explain); }},
    Operation{"shield",
              [](MemberReader& read, NativeId id) { return read_control(read, id, NativeControl::Operation::shield); }},
    Operation{
        "shield-clear",
        [](MemberReader& read, NativeId id) { return read_control(read, id, NativeControl::Operation::shield_clear); }},
    Operation{"sessions", [](MemberReader& read,
                             NativeId id) { return read_control(read, id, NativeControl::Operation::sessions); }},
    Operation{"kick",
              [](MemberReader& read, NativeId id) { return read_control(read, id, NativeControl::Operation::kick); }},
};

Result<NativeRequest, NativeFault> read_request(const json::object& members)
{
    const auto id = id_of(members);
    MemberReader read(members, id);
    if (!id) {
        read.fail("id", "a whole number from 0");
        return read.finish(NativeCancel{});
    }
    const std::string_view op = read.text("op", Needed::yes).value_or(std::string_view{});
    const auto found = std::ranges::find(operations, op, &Operation::name);
    if (found != operations.end())
        return found->read(read, *id);
    std::string names;
    for (const Operation& each : operations)
        names.append(names.empty() ? "one of " : ", ").append(each.name);
    read.fail("op", names);
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

} // namespace gatehouse::wire
