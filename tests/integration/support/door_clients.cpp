// The doors spoken directly: one login each, on a connection of its own.
#include "support/clients.hpp"

#include "client/blocking_authd.hpp"
#include "support/lab.hpp"
#include "wire/dovecot_auth_client.hpp"
#include "wire/extauth.hpp"
#include "wire/saslauthd.hpp"

#include <chrono>

namespace gatehouse::integration
{

namespace
{
constexpr std::uint32_t client_pid = 4711;

Reply away(const ConnectionLost& lost)
{
    return {Told::unavailable, lost.what()};
}

Secret plain(std::string_view login, std::string_view password)
{
    std::string message(1, '\0');
    message.append(login).append(1, '\0').append(password);
    return secret(message);
}

std::string described(const wire::DovecotOutcome& outcome)
{
    std::string words = outcome.ok ? "OK" : "FAIL";
    for (const auto& field : outcome.fields)
        words += " " + field.name + "=" + field.value;
    return words;
}

/// Reads up to OK or FAIL; the greeting's parts and challenges are passed over.
Reply read_outcome(Connection& connection)
{
    for (;;) {
        const auto line = wire::parse_dovecot_server_line(connection.read_line());
        if (!line)
            return {Told::unavailable, "a line that is not of the protocol"};
        const auto* const outcome = std::get_if<wire::DovecotOutcome>(&*line);
        if (outcome == nullptr)
            continue;
        const bool temporary = outcome->value("code") == "temp_fail";
        return {outcome->ok ? Told::granted : temporary ? Told::unavailable : Told::denied, described(*outcome)};
    }
}
} // namespace

Reply saslauthd_login(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                      std::string_view realm)
{
    const auto request = wire::encode_saslauthd_request(login, secret(password), service, realm);
    if (!request)
        return {Told::unavailable, "the protocol cannot carry this"};
    try {
        Connection connection(door);
        connection.send(request->view());
        const auto answer = wire::parse_saslauthd_answer(connection.read_until_closed());
        if (!answer)
            return {Told::unavailable, "closed without an answer"};
        return {answer->ok ? Told::granted : Told::denied, (answer->ok ? "OK " : "NO ") + answer->text};
    } catch (const ConnectionLost& lost) {
        return away(lost);
    }
}

Reply dovecot_login(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                    std::uint32_t minor)
{
    wire::DovecotAuthBegin begin{.id = 1, .mechanism = "PLAIN", .service = std::string(service)};
    begin.remote_address = "192.0.2.7";
    begin.nologin = true;
    begin.response = plain(login, password);
    const auto line = wire::encode_dovecot_auth(begin);
    try {
        Connection connection(door);
        connection.send(wire::dovecot_client_handshake(client_pid, minor));
        connection.send(line.value().view());
        return read_outcome(connection);
    } catch (const ConnectionLost& lost) {
        return away(lost);
    }
}

Reply extauth_login(const Place& door, std::string_view login, std::string_view password,
                    std::string_view client_address)
{
    const auto request = wire::encode_extauth_request({.login = std::string(login),
                                                       .password = secret(password),
                                                       .client_address = std::string(client_address),
                                                       .local_address = "127.0.0.1",
                                                       .local_port = "21"});
    if (!request)
        return {Told::unavailable, "the protocol cannot carry this"};
    try {
        Connection connection(door);
        connection.send(request->view());
        const auto answer = wire::parse_extauth_answer(connection.read_until_closed());
        if (!answer)
            return {Told::unavailable, "closed without an answer"};
        if (answer->account)
            return {Told::granted, std::to_string(answer->account->uid) + " " + std::to_string(answer->account->gid) +
                                       " " + answer->account->home};
        return {answer->auth_ok < 0 ? Told::denied : Told::unavailable, "auth_ok:" + std::to_string(answer->auth_ok)};
    } catch (const ConnectionLost& lost) {
        return away(lost);
    }
}

Reply native_login(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                   std::string_view client_address)
{
    client::BlockingAuthd authd(door.path.string());
    const auto answer = authd.authenticate({.service = std::string(service),
                                            .login = std::string(login),
                                            .password = secret(password),
                                            .address = std::string(client_address)},
                                           Clock::now() + std::chrono::seconds(30));
    if (!answer)
        return {Told::unavailable, answer.error().text};
    using Outcome = wire::NativeVerdict::Outcome;
    if (answer->outcome == Outcome::granted)
        return {Told::granted, answer->person->mailbox};
    return {answer->outcome == Outcome::denied ? Told::denied : Told::unavailable, answer->text};
}

Reply userdb_look_up(const Place& door, std::string_view login)
{
    try {
        Connection connection(door);
        connection.send("VERSION\t1\t1\n");
        while (!connection.read_line().starts_with("SPID")) {
        }
        connection.send("USER\t1\t" + std::string(login) + "\tservice=lmtp\n");
        const std::string answer = connection.read_line();
        if (answer == "NOTFOUND\t1")
            return {Told::denied, answer};
        constexpr std::string_view found = "USER\t1\t";
        if (!answer.starts_with(found))
            return {Told::unavailable, answer};
        return {Told::granted, answer.substr(found.size(), answer.find('\t', found.size()) - found.size())};
    } catch (const ConnectionLost& lost) {
        return away(lost);
    }
}

} // namespace gatehouse::integration
