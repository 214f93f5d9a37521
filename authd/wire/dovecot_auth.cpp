#include "wire/dovecot_auth.hpp"

#include "base/text.hpp"

#include <utility>

namespace gatehouse::wire
{

namespace
{
using Parsed = Result<DovecotClientLine, WireError>;

Parsed malformed()
{
    return std::unexpected(WireError::malformed);
}

Parsed parse_version(std::string_view rest)
{
    const auto major = parse_number(cut_field(rest));
    const auto minor = parse_number(cut_field(rest));
    if (!major || !minor)
        return malformed();
    if (*major != dovecot_auth_major)
        return std::unexpected(WireError::wrong_version);
    return DovecotVersion{.major = *major, .minor = *minor};
}

Parsed parse_pid(std::string_view rest)
{
    const auto pid = parse_number(cut_field(rest));
    if (!pid)
        return malformed();
    return DovecotClientPid{.pid = *pid};
}

Parsed parse_cancel(std::string_view rest)
{
    const auto id = parse_number(cut_field(rest));
    if (!id)
        return malformed();
    return DovecotCancel{.id = *id};
}

/// "=" is how the protocol writes an empty response.
Result<Secret, WireError> decode_response(std::string_view encoded)
{
    if (encoded == "=")
        return Secret{};
    auto decoded = text::decode_base64(encoded);
    if (!decoded)
        return std::unexpected(decoded.error().kind == ErrorKind::limit ? WireError::out_of_memory
                                                                        : WireError::malformed);
    return std::move(*decoded);
}

void set_parameter(DovecotAuthBegin& begin, std::string_view raw)
{
    const auto [name, value] = parse_field(raw);
    if (name == "service" || name == "protocol") // "protocol" is 2.4's name for it
        begin.service = value;
    else if (name == "lip")
        begin.local_address = value;
    else if (name == "rip")
        begin.remote_address = value;
    else if (name == "lport")
        begin.local_port = parse_number(value).value_or(0);
    else if (name == "rport")
        begin.remote_port = parse_number(value).value_or(0);
    else if (name == "local_name")
        begin.local_name = value;
    else if (name == "session")
        begin.session = value;
    else if (name == "cert_username")
        begin.certificate_name = value;
    else if (name == "valid-client-cert")
        begin.valid_client_certificate = true;
    else if (name == "secured")
        begin.secured = true;
    else if (name == "nologin")
        begin.nologin = true;
    else if (name == "final-resp-ok")
        begin.final_response = true;
}

Parsed parse_auth(std::string_view rest)
{
    constexpr std::string_view response_name = "resp=";
    const auto id = parse_number(cut_field(rest));
    DovecotAuthBegin begin;
    begin.mechanism = tab_unescaped(cut_field(rest));
    if (!id || begin.mechanism.empty())
        return malformed();
    begin.id = *id;
    while (!rest.empty()) {
        if (!rest.starts_with(response_name)) {
            set_parameter(begin, cut_field(rest));
            continue;
        }
        // The response is the last parameter: a client may have put a stranger's text there, so a tab in it must not
        // begin another one.
        const std::string_view encoded = std::exchange(rest, {}).substr(response_name.size());
        if (encoded.empty())
            break; // Exim sends this when it has none
        auto response = decode_response(encoded);
        if (!response)
            return DovecotFault{.id = *id, .why = response.error()};
        begin.response = std::move(*response);
    }
    return begin;
}

Parsed parse_cont(std::string_view rest)
{
    const auto id = parse_number(cut_field(rest));
    if (!id)
        return malformed();
    auto response = decode_response(rest);
    if (!response)
        return DovecotFault{.id = *id, .why = response.error()};
    return DovecotAuthContinue{.id = *id, .response = std::move(*response)};
}

std::string_view word_of(DovecotFailCode code)
{
    switch (code) {
    case DovecotFailCode::none: return "";
    case DovecotFailCode::temp_fail: return "temp_fail";
    case DovecotFailCode::authz_fail: return "authz_fail";
    case DovecotFailCode::user_disabled: return "user_disabled";
    case DovecotFailCode::pass_expired: return "pass_expired";
    }
    return "";
}

/// How Dovecot up to 2.2 spelled the same, as a parameter without a value.
std::string_view old_word_of(DovecotFailCode code)
{
    switch (code) {
    case DovecotFailCode::temp_fail: return "temp";
    case DovecotFailCode::authz_fail: return "authz";
    default: return word_of(code);
    }
}

std::string reply(std::string_view command, std::uint32_t id)
{
    return std::string(command) + '\t' + std::to_string(id);
}
} // namespace

Result<DovecotClientLine, WireError> parse_dovecot_client_line(const Secret& line)
{
    std::string_view rest = line.view();
    const std::string_view command = cut_field(rest);
    if (command == "AUTH")
        return parse_auth(rest);
    if (command == "CONT")
        return parse_cont(rest);
    if (command == "CANCEL")
        return parse_cancel(rest);
    if (command == "VERSION")
        return parse_version(rest);
    if (command == "CPID")
        return parse_pid(rest);
    return malformed();
}

std::string dovecot_greeting(std::span<const Mechanism* const> mechanisms, std::uint32_t server_pid,
                             std::uint32_t connection, std::string_view cookie)
{
    std::string text =
        "VERSION\t" + std::to_string(dovecot_auth_major) + '\t' + std::to_string(dovecot_auth_minor) + '\n';
    for (const Mechanism* mechanism : mechanisms) {
        text += "MECH\t";
        text += mechanism->name;
        text += mechanism->plaintext ? "\tplaintext\n" : "\n";
    }
    text += reply("SPID", server_pid) + '\n' + reply("CUID", connection) + "\nCOOKIE\t";
    text += cookie;
    text += "\nDONE\n";
    return text;
}

std::string dovecot_cont(std::uint32_t id, std::string_view challenge)
{
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(challenge.data());
    return reply("CONT", id) + '\t' + text::base64(std::span(bytes, challenge.size())) + '\n';
}

std::string dovecot_ok(std::uint32_t id, std::string_view user, std::span<const DovecotField> fields)
{
    std::string line = reply("OK", id);
    append_field(line, "user", user);
    append_fields(line, fields);
    return line + '\n';
}

std::string dovecot_fail(std::uint32_t id, const DovecotFail& fail, std::uint32_t minor)
{
    std::string line = reply("FAIL", id);
    if (!fail.user.empty())
        append_field(line, "user", fail.user);
    if (!fail.reason.empty())
        append_field(line, "reason", fail.reason);
    if (fail.code != DovecotFailCode::none) {
        append_field(line, "code", word_of(fail.code));
        if (minor < 2)
            append_field(line, old_word_of(fail.code), {});
    }
    return line + '\n';
}

} // namespace gatehouse::wire
