#include "support/mail_clients.hpp"
#include "support/in_quotes.hpp"

#include "base/text.hpp"

#include <span>

namespace gatehouse::integration
{

namespace
{
/// Runs a conversation; a connection that is lost on the way is an outage to the person.
template <class Conversation>
Reply converse(const Place& place, Conversation conversation)
{
    try {
        Connection connection(place);
        return conversation(connection);
    } catch (const ConnectionLost& lost) {
        return {Told::unavailable, lost.what()};
    }
}

bool has(std::string_view line, std::string_view words)
{
    return line.find(words) != std::string_view::npos;
}

std::string size_of(std::string_view text)
{
    return "{" + std::to_string(text.size()) + "}";
}

/// The line that answers `tag`, or a request to go on; untagged lines are passed over.
std::string imap_answer(Connection& connection, std::string_view tag)
{
    for (;;) {
        std::string line = connection.read_line();
        if (line.starts_with(tag) || line.starts_with("+"))
            return line;
        if (line.starts_with("* BYE"))
            return line;
    }
}

std::string imap_ask(Connection& connection, const std::string& line)
{
    connection.send(line + "\r\n");
    return imap_answer(connection, "a ");
}

std::string imap_authenticate(Connection& connection, ImapMethod method, std::string_view login,
                              std::string_view password)
{
    if (method == ImapMethod::quoted)
        return imap_ask(connection, "a LOGIN " + in_quotes(login) + " " + in_quotes(password));
    if (method == ImapMethod::plain) {
        const std::string line = imap_ask(connection, "a AUTHENTICATE PLAIN");
        return line.starts_with("+") ? imap_ask(connection, plain_message(login, password)) : line;
    }
    std::string line = imap_ask(connection, "a LOGIN " + size_of(login));
    if (line.starts_with("+"))
        line = imap_ask(connection, std::string(login) + " " + size_of(password));
    if (line.starts_with("+"))
        line = imap_ask(connection, std::string(password));
    return line;
}

/// Cyrus tells an outage in SASL's words, Dovecot by its response code (RFC 5530).
bool is_outage_text(std::string_view line)
{
    return has(line, "[UNAVAILABLE]") || has(line, "generic failure") || has(line, "authentication server") ||
           has(line, "[SYS/TEMP]") || has(line, "TRYLATER");
}

std::string smtp_answer(Connection& connection)
{
    std::string line;
    do
        line = connection.read_line();
    while (line.size() > 3 && line[3] == '-');
    return line;
}

std::string smtp_ask(Connection& connection, std::string_view line)
{
    connection.send(std::string(line) + "\r\n");
    return smtp_answer(connection);
}

std::string smtp_authenticate(Connection& connection, SmtpMethod method, std::string_view login,
                              std::string_view password)
{
    if (method == SmtpMethod::plain_initial)
        return smtp_ask(connection, "AUTH PLAIN " + plain_message(login, password));
    if (method == SmtpMethod::plain) {
        const std::string line = smtp_ask(connection, "AUTH PLAIN");
        return line.starts_with("334") ? smtp_ask(connection, plain_message(login, password)) : line;
    }
    std::string line = smtp_ask(connection, "AUTH LOGIN");
    if (line.starts_with("334"))
        line = smtp_ask(connection, base64(login));
    if (line.starts_with("334"))
        line = smtp_ask(connection, base64(password));
    return line;
}
} // namespace

std::string base64(std::string_view bytes)
{
    return text::base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string plain_message(std::string_view login, std::string_view password)
{
    std::string message(1, '\0');
    message.append(login).append(1, '\0').append(password);
    return base64(message);
}

Reply imap_login(const Place& place, ImapMethod method, std::string_view login, std::string_view password)
{
    return converse(place, [&](Connection& connection) -> Reply {
        connection.read_line();
        const std::string line = imap_authenticate(connection, method, login, password);
        if (!line.starts_with("a OK"))
            return {is_outage_text(line) || line.starts_with("* BYE") ? Told::unavailable : Told::denied, line};
        connection.send("b SELECT INBOX\r\n");
        const std::string opened = imap_answer(connection, "b ");
        return {opened.starts_with("b OK") ? Told::granted : Told::unavailable, line + " / " + opened};
    });
}

Reply pop3_login(const Place& place, Pop3Method method, std::string_view login, std::string_view password)
{
    return converse(place, [&](Connection& connection) -> Reply {
        connection.read_line();
        std::string line;
        if (method == Pop3Method::user_pass) {
            line = connection.ask("USER " + std::string(login));
            if (line.starts_with("+OK"))
                line = connection.ask("PASS " + std::string(password));
        } else {
            line = connection.ask("AUTH PLAIN");
            if (line.starts_with("+"))
                line = connection.ask(plain_message(login, password));
        }
        if (!line.starts_with("+OK"))
            return {is_outage_text(line) ? Told::unavailable : Told::denied, line};
        const std::string listed = connection.ask("STAT");
        return {listed.starts_with("+OK") ? Told::granted : Told::unavailable, line + " / " + listed};
    });
}

Reply sieve_login(const Place& place, std::string_view login, std::string_view password)
{
    return converse(place, [&](Connection& connection) -> Reply {
        while (!connection.read_line().starts_with("OK")) {
        }
        const std::string message = plain_message(login, password);
        const std::string line =
            connection.ask("AUTHENTICATE \"PLAIN\" {" + std::to_string(message.size()) + "+}\r\n" + message);
        if (line.starts_with("OK"))
            return {Told::granted, line};
        return {is_outage_text(line) ? Told::unavailable : Told::denied, line};
    });
}

Reply smtp_login(const Place& place, SmtpMethod method, std::string_view login, std::string_view password)
{
    return converse(place, [&](Connection& connection) -> Reply {
        smtp_answer(connection);
        smtp_ask(connection, "EHLO client.campus.example");
        const std::string line = smtp_authenticate(connection, method, login, password);
        if (!line.starts_with("235"))
            return {line.starts_with("4") ? Told::unavailable : Told::denied, line};
        smtp_ask(connection, "MAIL FROM:<>");
        const std::string taken = smtp_ask(connection, "RCPT TO:<bob@campus.example>");
        return {taken.starts_with("250") ? Told::granted : Told::unavailable, line + " / " + taken};
    });
}

} // namespace gatehouse::integration
