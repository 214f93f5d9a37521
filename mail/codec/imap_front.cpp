#include "codec/imap_front.hpp"

#include "base/text.hpp"

#include <utility>

namespace gatehouse::codec
{

namespace
{

std::string_view code_of(Refusal why)
{
    switch (why) {
    case Refusal::failed: return "[AUTHENTICATIONFAILED] ";
    case Refusal::expired: return "[EXPIRED] ";
    case Refusal::not_authorized: return "[AUTHORIZATIONFAILED] ";
    case Refusal::contact_admin: return "[CONTACTADMIN] ";
    case Refusal::unavailable: return "[UNAVAILABLE] ";
    }
    return {};
}

} // namespace

ImapFront::ImapFront(const FrontSettings& settings)
    : QueueingFront(settings), reader_(settings.max_response, settings.max_literal)
{
}

std::string ImapFront::capabilities() const
{
    std::string text = "IMAP4rev1 SASL-IR LITERAL+ ID";
    if (settings_.starttls && !channel_.secure)
        text += " STARTTLS";
    if (!logins_allowed())
        text += " LOGINDISABLED";
    for (const std::string_view name : usable_mechanisms(settings_, channel_))
        text += " AUTH=" + std::string(name);
    return text;
}

void ImapFront::greet()
{
    send("* OK [CAPABILITY " + capabilities() + "] " + settings_.host + " ready\r\n");
}

void ImapFront::begin_anew()
{
    reader_.reset();
    tag_.clear();
}

bool ImapFront::read_command()
{
    auto event = reader_.next(inbox_);
    if (!event)
        return false;
    if (auto* command = std::get_if<ImapCommandReader::Command>(&*event)) {
        take(std::move(command->bytes));
    } else if (std::holds_alternative<ImapCommandReader::GoAhead>(*event)) {
        send("+ go ahead\r\n");
    } else if (auto* large = std::get_if<ImapCommandReader::TooLarge>(&*event)) {
        send(large->tag + " BAD [TOOBIG] the literal is too large\r\n");
    } else if (std::holds_alternative<ImapCommandReader::NoMemory>(*event)) {
        send("* BYE [UNAVAILABLE] overloaded, try again later\r\n");
        close();
    } else {
        send("* BYE the command is too long\r\n");
        close();
    }
    return true;
}

void ImapFront::take(Secret command)
{
    if (!count_command())
        return;
    ImapWords words(command);
    const auto tag = words.tag();
    tag_ = tag ? std::string(*tag) : "*";
    const auto name = tag && words.space() ? words.atom() : std::nullopt;
    if (!name)
        return tell("BAD", "expected a tag and a command");
    run(*name, words);
}

void ImapFront::run(std::string_view name, ImapWords& words)
{
    const auto is = [&](std::string_view word) { return text::equal_ignoring_case(name, word); };
    if (is("LOGIN"))
        return login(words);
    if (is("AUTHENTICATE"))
        return authenticate(words);
    if (is("ID")) { // what the client calls itself is not looked at
        send("* ID (\"name\" \"Gatehouse\")\r\n");
        return tell("OK", "done");
    }
    if (!words.at_end())
        return tell("BAD", "not a command before login, or it takes no arguments");
    if (is("STARTTLS"))
        return starttls();
    if (is("CAPABILITY")) {
        send("* CAPABILITY " + capabilities() + "\r\n");
        return tell("OK", "done");
    }
    if (is("NOOP"))
        return tell("OK", "done");
    if (is("LOGOUT")) {
        send("* BYE logging out\r\n");
        tell("OK", "done");
        return close();
    }
    tell("BAD", "not a command before login");
}

void ImapFront::login(ImapWords& words)
{
    const auto login = words.space() ? words.astring() : std::nullopt;
    const auto password = login && words.space() ? words.astring() : std::nullopt;
    if (!password || !words.at_end())
        return tell("BAD", "expected LOGIN with a name and a password");
    if (!logins_allowed())
        return tell("NO", "[PRIVACYREQUIRED] begin TLS first");
    Secret secret;
    if (!secret.append(*password))
        return tell("NO", "[UNAVAILABLE] overloaded, try again later");
    check_password(std::string(*login), std::move(secret));
}

void ImapFront::authenticate(ImapWords& words)
{
    const auto mechanism = words.space() ? words.atom() : std::nullopt;
    if (!mechanism)
        return tell("BAD", "expected AUTHENTICATE with a mechanism");
    std::optional<std::string_view> initial;
    if (!words.at_end()) {
        if (!words.space() || words.at_end() || words.rest().contains(' '))
            return tell("BAD", "expected AUTHENTICATE with a mechanism and one initial response");
        initial = words.rest();
    }
    if (!logins_allowed())
        return tell("NO", "[PRIVACYREQUIRED] begin TLS first");
    if (!may_use(*mechanism))
        return tell("NO", "[CANNOT] this mechanism is not offered");
    begin_exchange(*mechanism, initial);
}

void ImapFront::starttls()
{
    if (channel_.secure)
        return tell("BAD", "TLS runs already");
    if (!settings_.starttls)
        return tell("BAD", "TLS is not offered");
    start_tls(tag_ + " OK begin TLS\r\n");
}

std::string ImapFront::challenge_line(std::string_view base64) const
{
    return "+ " + std::string(base64) + "\r\n";
}

void ImapFront::tell_refused(Refusal why, std::string_view text)
{
    tell("NO", std::string(code_of(why)) + std::string(text));
}

void ImapFront::tell_broken(Broken why)
{
    switch (why) {
    case Broken::cancelled: return tell("BAD", "the login was given up");
    case Broken::malformed: return tell("BAD", "expected base64");
    case Broken::too_long: return tell("BAD", "the message is too long");
    case Broken::no_memory: return tell("NO", "[UNAVAILABLE] overloaded, try again later");
    }
}

void ImapFront::tell(std::string_view word, std::string_view text)
{
    send(tag_ + ' ' + std::string(word) + ' ' + std::string(text) + "\r\n");
}

std::string ImapFront::welcome(std::string_view told)
{
    return tag_ + " OK [CAPABILITY " + std::string(told) + "] logged in\r\n";
}

std::string ImapFront::farewell(Farewell why) const
{
    return std::string(imap_farewell(why));
}

std::string_view imap_farewell(Farewell why)
{
    switch (why) {
    case Farewell::too_slow: return "* BYE you are idle for too long\r\n";
    case Farewell::too_many: return "* BYE too many connections or attempts\r\n";
    case Farewell::shutting_down: return "* BYE [UNAVAILABLE] shutting down, connect again\r\n";
    case Farewell::no_longer_allowed: return "* BYE you may no longer use this service\r\n";
    }
    return {};
}

} // namespace gatehouse::codec
