// The client's side of native.hpp's requests: what native_request.cpp reads.
#include "wire/native.hpp"

#include "base/text.hpp"
#include "wire/secret_base64.hpp"
#include "wire/secret_json.hpp"

#include <span>
#include <utility>

namespace gatehouse::wire
{

namespace
{

/// Writes the members of one request into secret memory; the first failure stays.
class MemberWriter
{
public:
    explicit MemberWriter(NativeId id)
    {
        append("{\"id\":");
        append(std::to_string(id));
    }

    void op(std::string_view name) { text("op", name); }
    void text(std::string_view key, std::string_view value)
    {
        begin(key);
        escaped(value);
    }
    void texts(std::string_view key, std::span<const std::string> values)
    {
        begin(key);
        append("[");
        for (const std::string& value : values) {
            if (&value != values.data())
                append(",");
            escaped(value);
        }
        append("]");
    }
    /// A member that is an object: what is written until `close` is inside of it.
    void open(std::string_view key)
    {
        begin(key);
        append("{");
        first_ = true;
    }
    void close()
    {
        append("}");
        first_ = false;
    }
    void optional_text(std::string_view key, std::string_view value)
    {
        if (!value.empty())
            text(key, value);
    }
    void number(std::string_view key, std::uint64_t value)
    {
        begin(key);
        append(std::to_string(value));
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

    void optional_base64(std::string_view key, const std::optional<Secret>& value)
    {
        if (value)
            base64(key, value->bytes());
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
        append(std::exchange(first_, false) ? "\"" : ",\"");
        append(key);
        append("\":");
    }
    void append(std::string_view piece)
    {
        if (!failure_ && !line_.append(piece))
            failure_ = WireError::out_of_memory;
    }

    void escaped(std::string_view value)
    {
        if (!failure_)
            if (const auto added = append_json_string(line_, value); !added)
                failure_ = added.error();
    }

    Secret line_;
    std::optional<WireError> failure_;
    bool first_ = false; // the next member is the first of its object
};

// The members of each request after its id.

void add(MemberWriter& write, const NativeAuthenticate& request)
{
    write.op("authenticate");
    write.text("service", request.service);
    write.any_bytes("login", "login64", request.login);
    write.any_bytes("password", "password64", request.password.view());
    write.optional_text("realm", request.realm);
    write.optional_text("client", request.client);
    write.flag("trace", request.trace);
}

void add(MemberWriter& write, const Channel& channel)
{
    if (!channel.bindings.empty()) {
        write.open("bindings");
        for (const ChannelBinding& binding : channel.bindings)
            write.base64(binding.type,
                         {reinterpret_cast<const std::uint8_t*>(binding.bytes.data()), binding.bytes.size()});
        write.close();
    }
    if (channel.certificate) {
        write.open("certificate");
        write.optional_text("upn", channel.certificate->name);
        write.texts("mails", channel.certificate->mails);
        write.close();
    }
}

void add(MemberWriter& write, const NativeExchange& request)
{
    write.op("exchange");
    write.text("service", request.service);
    write.text("mechanism", request.mechanism);
    write.optional_base64("initial", request.initial);
    write.optional_text("realm", request.realm);
    write.optional_text("client", request.client);
    add(write, request.channel);
    write.flag("trace", request.trace);
}

void add(MemberWriter& write, const NativeStep& request)
{
    write.op("step");
    write.base64("response", request.response.bytes());
}

void add(MemberWriter& write, const NativeCancel& /*request*/)
{
    write.op("cancel");
}

void add(MemberWriter& write, const NativeFind& request)
{
    write.op("find");
    write.any_bytes("login", "login64", request.login);
    write.optional_text("realm", request.realm);
}

void add(MemberWriter& write, const NativeWatch& request)
{
    write.op("watch");
    write.text("realm", request.realm);
}

void add(MemberWriter& write, const NativeAdmit& request)
{
    write.op("admit");
    write.text("service", request.service);
    write.text("mechanism", request.mechanism);
    write.any_bytes("login", "login64", request.login);
    write.optional_text("realm", request.realm);
    write.optional_text("client", request.client);
}

void add(MemberWriter& write, const NativeCount& request)
{
    write.op("count");
    write.text("key", request.key);
    write.number("window_s", request.window_s);
    write.number("n", request.n);
}

void add(MemberWriter& write, const NativeKeep& request)
{
    write.op("keep");
    write.text("key", request.key);
    write.optional_base64("bytes", request.bytes);
}

void add(MemberWriter& write, const NativeMint& request)
{
    write.op("mint");
    write.text("grant", request.grant);
    write.text("service", request.service);
    write.text("store", request.store);
}

void add(MemberWriter& write, const NativeHold& request)
{
    write.op("session");
    write.text("realm", request.realm);
    write.optional_text("person", request.person);
    write.text("name", request.name);
    write.text("service", request.service);
    write.optional_text("client", request.client);
    write.optional_text("store", request.store);
    write.number("since", request.since);
}

std::string_view word_of(NativeControl::Operation operation)
{
    switch (operation) {
    case NativeControl::Operation::status: return "status";
    case NativeControl::Operation::explain: return "explain";
    case NativeControl::Operation::reload: return "reload";
    case NativeControl::Operation::shield: return "shield";
    case NativeControl::Operation::shield_clear: return "shield-clear";
    case NativeControl::Operation::sessions: return "sessions";
    case NativeControl::Operation::kick: return "kick";
    }
    return {};
}

void add(MemberWriter& write, const NativeControl& request)
{
    using enum NativeControl::Operation;
    write.op(word_of(request.operation));
    if (request.operation == explain || request.operation == shield_clear || request.operation == sessions ||
        request.operation == kick)
        write.any_bytes("login", "login64", request.login);
    if (request.operation == sessions && request.after > 0)
        write.number("after", request.after);
}

} // namespace

Result<Secret, WireError> format_native_request(const NativeRequest& request)
{
    return std::visit(
        [](const auto& one) {
            MemberWriter write(one.id);
            add(write, one);
            return write.finish();
        },
        request);
}

} // namespace gatehouse::wire
