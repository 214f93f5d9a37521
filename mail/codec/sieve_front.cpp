#include "codec/sieve_front.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::codec
{

namespace
{

/// What the front end says itself, and UNAUTHENTICATE: authd holds the session of a person, not of whoever comes next.
bool is_ours(std::string_view line)
{
    static constexpr std::array<std::string_view, 4> ours{"\"sasl\"", "\"starttls\"", "\"implementation\"",
                                                          "\"unauthenticate\""};
    return std::ranges::any_of(ours, [&](std::string_view name) { return text::lower(line).starts_with(name); });
}

} // namespace

SieveFront::SieveFront(const FrontSettings& settings, BackendLines backend)
    : QueueingFront(settings), reader_(settings.max_response, settings.max_response), backend_(std::move(backend))
{
    std::erase_if(backend_, is_ours);
}

std::string SieveFront::capabilities() const
{
    std::string text = "\"IMPLEMENTATION\" \"Gatehouse\"\r\n\"SASL\" \"";
    for (bool first = true; const std::string_view name : usable_mechanisms(settings_, channel_)) {
        text += (std::exchange(first, false) ? "" : " ") + std::string(name);
    }
    text += "\"\r\n";
    for (const std::string& line : backend_)
        text += line + "\r\n";
    if (settings_.starttls && !channel_.secure)
        text += "\"STARTTLS\"\r\n";
    return text;
}

void SieveFront::greet()
{
    greeted_ = true;
    send(capabilities() + "OK \"" + settings_.host + " ready\"\r\n");
}

/// RFC 5804, section 2.2: the capabilities are told again once TLS runs.
void SieveFront::begin_anew()
{
    reader_.reset();
    if (greeted_)
        greet();
}

/// Nothing: more bytes are needed, or (`again`) the connection ends.
std::optional<Secret> SieveFront::next_line(bool& again)
{
    auto event = reader_.next(inbox_);
    again = event.has_value();
    if (!event)
        return std::nullopt;
    if (auto* command = std::get_if<ImapCommandReader::Command>(&*event))
        return std::move(command->bytes);
    send(std::holds_alternative<ImapCommandReader::NoMemory>(*event)
             ? "BYE (TRYLATER) \"overloaded, try again later\"\r\n"
             : "BYE \"a string is too long, or of a form that is not allowed here\"\r\n");
    close();
    return std::nullopt;
}

bool SieveFront::read_command()
{
    bool again = false;
    auto line = next_line(again);
    if (!line)
        return again;
    if (!count_command())
        return true;
    ImapWords words(*line);
    const auto name = words.atom();
    if (name)
        run(*name, words);
    else
        send("NO \"expected a command\"\r\n");
    return true;
}

bool SieveFront::read_response()
{
    bool again = false;
    auto line = next_line(again);
    if (!line)
        return again;
    ImapWords words(*line);
    const auto text = words.at_end() ? std::optional(std::string_view{}) : words.astring();
    take_response(text ? *text : std::string_view("?"));
    return true;
}

void SieveFront::run(std::string_view name, ImapWords& words)
{
    const auto is = [&](std::string_view word) { return text::equal_ignoring_case(name, word); };
    if (is("AUTHENTICATE"))
        return authenticate(words);
    if (is("STARTTLS"))
        return starttls();
    if (is("CAPABILITY"))
        return send(capabilities() + "OK \"done\"\r\n");
    if (is("NOOP")) {
        const auto tag = words.space() ? words.astring() : std::nullopt;
        const bool told = tag && tag->size() <= 256 && tag->find_first_of("\"\\\r\n") == std::string_view::npos;
        return send(told ? "OK (TAG \"" + std::string(*tag) + "\") \"done\"\r\n" : "OK \"done\"\r\n");
    }
    if (is("LOGOUT")) {
        send("OK \"good bye\"\r\n");
        return close();
    }
    send("NO \"not a command before login\"\r\n");
}

void SieveFront::authenticate(ImapWords& words)
{
    const auto mechanism = words.space() ? words.astring() : std::nullopt;
    std::optional<std::string_view> initial;
    if (mechanism && words.space())
        initial = words.astring();
    if (!mechanism || !words.at_end())
        return send("NO \"expected AUTHENTICATE with a mechanism and at most one initial response\"\r\n");
    if (!logins_allowed())
        return send("NO (ENCRYPT-NEEDED) \"begin TLS first\"\r\n");
    if (!may_use(*mechanism))
        return send("NO \"this mechanism is not offered\"\r\n");
    begin_exchange(*mechanism, initial && initial->empty() ? std::optional<std::string_view>("=") : initial);
}

void SieveFront::starttls()
{
    if (channel_.secure || !settings_.starttls)
        return send(channel_.secure ? "NO \"TLS runs already\"\r\n" : "NO \"TLS is not offered\"\r\n");
    start_tls("OK \"begin TLS\"\r\n");
}

std::string SieveFront::challenge_line(std::string_view base64) const
{
    return "\"" + std::string(base64) + "\"\r\n";
}

void SieveFront::tell_refused(Refusal why, std::string_view text)
{
    send((why == Refusal::unavailable ? "NO (TRYLATER) \"" : "NO \"") + std::string(text) + "\"\r\n");
}

void SieveFront::tell_broken(Broken why)
{
    switch (why) {
    case Broken::cancelled: return send("NO \"the login was given up\"\r\n");
    case Broken::malformed: return send("NO \"expected base64\"\r\n");
    case Broken::too_long: return send("NO \"the line is too long\"\r\n");
    case Broken::no_memory: return send("NO (TRYLATER) \"overloaded, try again later\"\r\n");
    }
}

std::string SieveFront::welcome(std::string_view /*told*/)
{
    return "OK \"logged in\"\r\n";
}

std::string SieveFront::farewell(Farewell why) const
{
    return std::string(sieve_farewell(why));
}

std::string_view sieve_farewell(Farewell why)
{
    switch (why) {
    case Farewell::too_slow: return "BYE \"you are idle for too long\"\r\n";
    case Farewell::too_many: return "BYE (TRYLATER) \"too many connections or attempts\"\r\n";
    case Farewell::shutting_down: return "BYE (TRYLATER) \"shutting down, connect again\"\r\n";
    case Farewell::no_longer_allowed: return "BYE \"you may no longer use this service\"\r\n";
    }
    return {};
}

} // namespace gatehouse::codec
