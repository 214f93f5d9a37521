#include "wire/dovecot_auth_client.hpp"

#include "base/text.hpp"
#include "wire/secret_base64.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::wire
{

namespace
{
using Parsed = Result<DovecotServerLine, WireError>;

Parsed malformed()
{
    return std::unexpected(WireError::malformed);
}

/// Names that carry a response are followed by base64, "=" for an empty one.
bool append_response(Secret& line, const Secret& response)
{
    return response.empty() ? line.append("=") : append_base64(line, response.bytes());
}

void append_text(std::string& line, std::string_view name, std::string_view value)
{
    if (!value.empty())
        append_field(line, name, value);
}

void append_number(std::string& line, std::string_view name, std::uint32_t value)
{
    if (value != 0)
        append_field(line, name, std::to_string(value));
}

void append_flag(std::string& line, std::string_view name, bool set)
{
    if (set)
        append_field(line, name, {});
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

Parsed parse_challenge(std::string_view rest)
{
    const auto id = parse_number(cut_field(rest));
    if (!id)
        return malformed();
    auto challenge = text::decode_base64(rest);
    if (!challenge)
        return std::unexpected(challenge.error().kind == ErrorKind::limit ? WireError::out_of_memory
                                                                          : WireError::malformed);
    return DovecotChallenge{.id = *id, .challenge = std::string(challenge->view())};
}

Parsed parse_outcome(std::string_view rest, bool ok)
{
    const auto id = parse_number(cut_field(rest));
    if (!id)
        return malformed();
    return DovecotOutcome{.id = *id, .ok = ok, .fields = parse_fields(rest)};
}
} // namespace

std::string dovecot_client_handshake(std::uint32_t client_pid, std::uint32_t minor)
{
    return "VERSION\t" + std::to_string(dovecot_auth_major) + '\t' + std::to_string(minor) + "\nCPID\t" +
           std::to_string(client_pid) + '\n';
}

Result<Secret, WireError> encode_dovecot_auth(const DovecotAuthBegin& begin)
{
    std::string head = "AUTH\t" + std::to_string(begin.id) + '\t' + tab_escaped(begin.mechanism);
    append_field(head, "service", begin.service);
    append_flag(head, "nologin", begin.nologin);
    append_text(head, "cert_username", begin.certificate_name);
    append_flag(head, "valid-client-cert", begin.valid_client_certificate);
    append_flag(head, "secured", begin.secured);
    append_flag(head, "final-resp-ok", begin.final_response);
    append_text(head, "session", begin.session);
    append_text(head, "lip", begin.local_address);
    append_text(head, "rip", begin.remote_address);
    append_number(head, "lport", begin.local_port);
    append_number(head, "rport", begin.remote_port);
    append_text(head, "local_name", begin.local_name);
    Secret line;
    bool kept = line.append(head);
    if (begin.response)
        kept = kept && line.append("\tresp=") && append_response(line, *begin.response);
    if (!kept || !line.append("\n"))
        return std::unexpected(WireError::out_of_memory);
    return line;
}

Result<Secret, WireError> encode_dovecot_continue(std::uint32_t id, const Secret& response)
{
    Secret line;
    const std::string head = "CONT\t" + std::to_string(id) + '\t';
    if (!line.append(head) || !append_response(line, response) || !line.append("\n"))
        return std::unexpected(WireError::out_of_memory);
    return line;
}

std::string encode_dovecot_cancel(std::uint32_t id)
{
    return "CANCEL\t" + std::to_string(id) + '\n';
}

std::string_view DovecotOutcome::value(std::string_view name) const
{
    const auto found = std::ranges::find(fields, name, &DovecotField::name);
    return found == fields.end() ? std::string_view{} : found->value;
}

Result<DovecotServerLine, WireError> parse_dovecot_server_line(std::string_view line)
{
    std::string_view rest = line;
    const std::string_view command = cut_field(rest);
    if (command == "OK" || command == "FAIL")
        return parse_outcome(rest, command == "OK");
    if (command == "CONT")
        return parse_challenge(rest);
    if (command == "VERSION")
        return parse_version(rest);
    if (command == "MECH" || command == "SPID" || command == "CUID" || command == "COOKIE" || command == "DONE")
        return DovecotGreetingPart{.name = std::string(command), .values = parse_words(rest)};
    return malformed();
}

} // namespace gatehouse::wire
