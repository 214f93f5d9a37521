#include "wire/dovecot_userdb.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::wire
{

namespace
{
using Parsed = Result<DovecotMasterLine, WireError>;

constexpr std::size_t cookie_digits = 32;

Parsed malformed()
{
    return std::unexpected(WireError::malformed);
}

bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

Parsed parse_version(std::string_view rest)
{
    const auto major = parse_number(cut_field(rest));
    const auto minor = parse_number(cut_field(rest));
    if (!major || !minor)
        return malformed();
    if (*major != dovecot_master_major)
        return std::unexpected(WireError::wrong_version);
    return DovecotVersion{.major = *major, .minor = *minor};
}

Parsed parse_login_request(std::string_view rest)
{
    const auto id = parse_number(cut_field(rest));
    const auto pid = parse_number(cut_field(rest));
    const auto client_id = parse_number(cut_field(rest));
    const std::string_view cookie = cut_field(rest);
    if (!id || !pid || !client_id || cookie.size() != cookie_digits || !std::ranges::all_of(cookie, is_hex_digit))
        return malformed();
    return DovecotLoginRequest{.id = *id,
                               .client_pid = *pid,
                               .client_id = *client_id,
                               .cookie = std::string(cookie),
                               .fields = parse_fields(rest)};
}

Parsed parse_person_request(std::string_view rest, DovecotPersonRequest::Kind kind)
{
    const auto id = parse_number(cut_field(rest));
    DovecotPersonRequest request{};
    request.kind = kind;
    request.login = tab_unescaped(cut_field(rest));
    if (!id || request.login.empty())
        return malformed();
    request.id = *id;
    request.fields = parse_fields(rest);
    for (const DovecotField& field : request.fields) {
        if (field.name == "service" || field.name == "protocol") // "protocol" is 2.4's name for it
            request.service = field.value;
        else if (field.name == "rip")
            request.remote_address = field.value;
    }
    return request;
}

Parsed parse_list(std::string_view rest)
{
    const auto id = parse_number(cut_field(rest));
    if (!id)
        return malformed();
    return DovecotListRequest{.id = *id};
}

Parsed parse_flush(std::string_view rest)
{
    const auto id = parse_number(cut_field(rest));
    if (!id)
        return malformed();
    return DovecotFlushRequest{.id = *id, .logins = parse_words(rest)};
}

std::string reply(std::string_view command, std::uint32_t id)
{
    return std::string(command) + '\t' + std::to_string(id);
}

/// Writes each request as a line.
struct Encoder {
    std::string operator()(const DovecotVersion& version) const
    {
        return reply("VERSION", version.major) + '\t' + std::to_string(version.minor) + '\n';
    }
    std::string operator()(const DovecotLoginRequest& request) const
    {
        std::string line = reply("REQUEST", request.id) + '\t' + std::to_string(request.client_pid) + '\t' +
                           std::to_string(request.client_id) + '\t' + request.cookie;
        append_fields(line, request.fields);
        return line + '\n';
    }
    std::string operator()(const DovecotPersonRequest& request) const
    {
        std::string line = reply(request.kind == DovecotPersonRequest::Kind::user ? "USER" : "PASS", request.id) +
                           '\t' + tab_escaped(request.login);
        append_fields(line, request.fields);
        return line + '\n';
    }
    std::string operator()(const DovecotListRequest& request) const { return reply("LIST", request.id) + '\n'; }
    std::string operator()(const DovecotFlushRequest& request) const
    {
        std::string line = reply("CACHE-FLUSH", request.id);
        for (const std::string& login : request.logins)
            append_field(line, login, {});
        return line + '\n';
    }
};
} // namespace

Result<DovecotMasterLine, WireError> parse_dovecot_master_line(std::string_view line)
{
    std::string_view rest = line;
    const std::string_view command = cut_field(rest);
    if (command == "REQUEST")
        return parse_login_request(rest);
    if (command == "USER")
        return parse_person_request(rest, DovecotPersonRequest::Kind::user);
    if (command == "PASS")
        return parse_person_request(rest, DovecotPersonRequest::Kind::pass);
    if (command == "LIST")
        return parse_list(rest);
    if (command == "CACHE-FLUSH")
        return parse_flush(rest);
    if (command == "VERSION")
        return parse_version(rest);
    return malformed();
}

std::string dovecot_master_greeting(std::uint32_t server_pid)
{
    return reply("VERSION", dovecot_master_major) + '\t' + std::to_string(dovecot_master_minor) + '\n' +
           reply("SPID", server_pid) + '\n';
}

std::string dovecot_user(std::uint32_t id, std::string_view user, std::span<const DovecotField> fields)
{
    std::string line = reply("USER", id) + '\t' + tab_escaped(user);
    append_fields(line, fields);
    return line + '\n';
}

std::string dovecot_pass(std::uint32_t id, std::string_view user, std::span<const DovecotField> fields)
{
    std::string line = reply("PASS", id);
    append_field(line, "user", user);
    append_fields(line, fields);
    return line + '\n';
}

std::string dovecot_not_found(std::uint32_t id)
{
    return reply("NOTFOUND", id) + '\n';
}

std::string dovecot_lookup_failed(std::uint32_t id, std::string_view reason)
{
    std::string line = reply("FAIL", id);
    if (!reason.empty())
        append_field(line, "reason", reason);
    return line + '\n';
}

std::string dovecot_list_failed(std::uint32_t id)
{
    return reply("DONE", id) + "\tfail\n";
}

std::string dovecot_flushed(std::uint32_t id, std::uint32_t count)
{
    return reply("OK", id) + '\t' + std::to_string(count) + '\n';
}

std::string encode_dovecot_master(const DovecotMasterLine& line)
{
    return std::visit(Encoder{}, line);
}

Result<DovecotMasterReply, WireError> parse_dovecot_master_reply(std::string_view line)
{
    static constexpr std::array<std::string_view, 9> commands = {"VERSION", "SPID", "USER", "PASS", "NOTFOUND",
                                                                 "FAIL",    "LIST", "DONE", "OK"};
    std::string_view rest = line;
    const std::string_view command = cut_field(rest);
    const auto id = parse_number(cut_field(rest));
    if (!id || std::ranges::find(commands, command) == commands.end())
        return std::unexpected(WireError::malformed);
    DovecotMasterReply answer{.command = std::string(command), .id = *id, .values = {}};
    while (!rest.empty())
        answer.values.push_back(tab_unescaped(cut_field(rest)));
    return answer;
}

} // namespace gatehouse::wire
