#include "wire/extauth.hpp"

#include "base/text.hpp"
#include "wire/dovecot_fields.hpp"

#include <array>
#include <initializer_list>
#include <utility>

namespace gatehouse::wire
{

namespace
{
constexpr std::size_t max_home = 3'500; // pure-ftpd reads 4,095 bytes of answer

constexpr std::string_view account_word = "account:";
constexpr std::string_view password_word = "password:";
constexpr std::string_view local_address_word = "localhost:";
constexpr std::string_view local_port_word = "localport:";
constexpr std::string_view peer_word = "peer:";
constexpr std::string_view server_name_word = "sni_name:";
constexpr std::string_view encrypted_word = "encrypted:";
constexpr std::string_view end_word = "end";

/// Sets `value` to what follows `word`, if the line begins with it.
bool take_value(std::string_view line, std::string_view word, std::string& value)
{
    if (!line.starts_with(word))
        return false;
    value = line.substr(word.size());
    return true;
}
} // namespace

std::unexpected<WireError> ExtauthDecoder::fail(WireError error)
{
    failure_ = error;
    password_.reset();
    return std::unexpected(error);
}

Result<bool, WireError> ExtauthDecoder::feed(std::span<const std::uint8_t> bytes)
{
    if (failure_)
        return std::unexpected(*failure_);
    if (whole_)
        return true;
    const auto fed = lines_.feed(bytes);
    while (!whole_) {
        auto line = lines_.next();
        if (!line)
            break;
        if (const auto taken = take_line(std::move(*line)); !taken)
            return fail(taken.error());
    }
    if (whole_)
        lines_ = LineBuffer(max_line);
    else if (!fed)
        return fail(fed.error());
    else if (lines_.starved())
        return fail(WireError::out_of_memory);
    return whole_;
}

Result<void, WireError> ExtauthDecoder::take_line(Secret line)
{
    if (++count_ > max_lines)
        return std::unexpected(WireError::too_long);
    const std::string_view text = line.view();
    if (text == end_word)
        return take_end();
    if (text.starts_with(password_word)) {
        if (password_)
            return std::unexpected(WireError::malformed);
        line.drop_front(password_word.size());
        password_ = std::move(line);
        return {};
    }
    if (text.starts_with(account_word)) {
        if (login_)
            return std::unexpected(WireError::malformed);
        login_ = text.substr(account_word.size());
        return {};
    }
    std::string encrypted;
    if (take_value(text, encrypted_word, encrypted))
        request_.encrypted = encrypted == "1";
    else if (!take_value(text, peer_word, request_.client_address) &&
             !take_value(text, local_address_word, request_.local_address) &&
             !take_value(text, local_port_word, request_.local_port))
        take_value(text, server_name_word, request_.server_name);
    return {};
}

Result<void, WireError> ExtauthDecoder::take_end()
{
    if (!login_ || !password_)
        return std::unexpected(WireError::malformed);
    request_.login = std::move(*login_);
    request_.password = std::move(*password_);
    whole_ = true;
    return {};
}

ExtauthRequest ExtauthDecoder::take()
{
    return std::move(request_);
}

Result<void> check_extauth_account(const ExtauthAccount& account)
{
    if (account.uid == 0 || account.gid == 0)
        return invalid("uid and gid must be above 0 for pure-ftpd, found " + std::to_string(account.uid) + " and " +
                       std::to_string(account.gid));
    if (!account.home.starts_with('/'))
        return invalid("the home directory must be an absolute path for pure-ftpd");
    if (account.home.size() > max_home)
        return invalid("the home directory is longer than " + std::to_string(max_home) + " bytes");
    if (text::has_control(account.home))
        return invalid("the home directory has a control character");
    return {};
}

Result<std::string> extauth_granted(const ExtauthAccount& account)
{
    if (const auto fit = check_extauth_account(account); !fit)
        return std::unexpected(fit.error());
    return "auth_ok:1\nuid:" + std::to_string(account.uid) + "\ngid:" + std::to_string(account.gid) +
           "\ndir:" + account.home + "\nend\n";
}

std::string extauth_refused()
{
    return "auth_ok:-1\nend\n";
}

std::string extauth_unknown()
{
    return "auth_ok:0\nend\n";
}

Result<Secret, WireError> encode_extauth_request(const ExtauthRequest& request)
{
    const std::array<std::pair<std::string_view, std::string_view>, 7> lines = {{
        {account_word, request.login},
        {password_word, request.password.view()},
        {local_address_word, request.local_address},
        {local_port_word, request.local_port},
        {peer_word, request.client_address},
        {server_name_word, request.server_name},
        {encrypted_word, request.encrypted ? "1" : "0"},
    }};
    Secret encoded;
    for (const auto& [word, value] : lines) {
        if (value.find('\n') != std::string_view::npos)
            return std::unexpected(WireError::malformed);
        if (!encoded.append(word) || !encoded.append(value) || !encoded.append("\n"))
            return std::unexpected(WireError::out_of_memory);
    }
    if (!encoded.append(end_word) || !encoded.append("\n"))
        return std::unexpected(WireError::out_of_memory);
    return encoded;
}

Result<ExtauthAnswer, WireError> parse_extauth_answer(std::string_view received)
{
    ExtauthAnswer answer;
    ExtauthAccount account;
    bool ended = false;
    for (std::size_t at = received.find('\n'); at != std::string_view::npos; at = received.find('\n')) {
        const std::string_view line = received.substr(0, at);
        received.remove_prefix(at + 1);
        if (line == end_word)
            ended = true;
        else if (line.starts_with("auth_ok:"))
            answer.auth_ok = line == "auth_ok:1" ? 1 : line == "auth_ok:0" ? 0 : -1;
        else if (line.starts_with("uid:"))
            account.uid = parse_number(line.substr(4)).value_or(0);
        else if (line.starts_with("gid:"))
            account.gid = parse_number(line.substr(4)).value_or(0);
        else if (line.starts_with("dir:"))
            account.home = line.substr(4);
    }
    if (!ended || (answer.auth_ok == 1 && !check_extauth_account(account)))
        return std::unexpected(WireError::malformed);
    if (answer.auth_ok == 1)
        answer.account = std::move(account);
    return answer;
}

} // namespace gatehouse::wire
