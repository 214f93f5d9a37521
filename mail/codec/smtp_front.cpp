#include "codec/smtp_front.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::codec
{

namespace
{

/// What the server behind us says for itself and not for its clients: its own logins and TLS, and what we speak with
/// it.
bool is_ours(std::string_view line)
{
    static constexpr std::array<std::string_view, 6> ours{"AUTH", "STARTTLS", "XCLIENT", "XFORWARD", "ETRN", "VRFY"};
    const std::string_view keyword = line.substr(0, line.find_first_of(" ="));
    return std::ranges::any_of(ours, [&](std::string_view name) { return text::equal_ignoring_case(keyword, name); });
}

/// A domain or an address literal (RFC 5321, section 4.1.1.1), as far as it must be to stand in a line.
bool is_helo(std::string_view name)
{
    return !name.empty() && name.size() <= 255 &&
           std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace

SmtpFront::SmtpFront(const FrontSettings& settings, BackendLines backend)
    : QueueingFront(settings), backend_(std::move(backend))
{
    std::erase_if(backend_, is_ours);
}

void SmtpFront::greet()
{
    send("220 " + settings_.host + " ESMTP\r\n");
}

void SmtpFront::begin_anew()
{
    helo_.clear();
    extended_ = false;
}

bool SmtpFront::read_command()
{
    const auto line = take_line(settings_.max_response); // AUTH may carry an initial response
    if (!line)
        return false;
    const std::string_view text = line->view();
    if (text.contains('\r') || text.contains('\0')) { // nothing that two servers could read in two ways
        send("500 5.5.2 a line ends in CR LF\r\n");
        close();
        return true;
    }
    const std::size_t space = text.find(' ');
    run(text.substr(0, space), space == std::string_view::npos ? std::string_view{} : text.substr(space + 1));
    return true;
}

void SmtpFront::run(std::string_view name, std::string_view argument)
{
    const auto is = [&](std::string_view word) { return text::equal_ignoring_case(name, word); };
    if (is("EHLO") || is("HELO"))
        return hello(argument, is("EHLO"));
    if (is("AUTH"))
        return auth(argument);
    if (is("STARTTLS"))
        return starttls();
    if (is("NOOP") || is("RSET"))
        return send("250 2.0.0 OK\r\n");
    if (is("QUIT")) {
        send("221 2.0.0 good bye\r\n");
        return close();
    }
    static constexpr std::array<std::string_view, 9> known{"MAIL", "RCPT", "DATA", "BDAT",   "VRFY",
                                                           "EXPN", "HELP", "ETRN", "XCLIENT"};
    if (std::ranges::none_of(known, is))
        return send("500 5.5.2 not a command\r\n");
    send(logins_allowed() ? "530 5.7.0 log in first\r\n" : "530 5.7.0 begin TLS and log in first\r\n");
}

void SmtpFront::hello(std::string_view name, bool extended)
{
    while (name.ends_with(' '))
        name.remove_suffix(1);
    if (!is_helo(name))
        return send("501 5.5.4 expected your name\r\n");
    helo_ = name;
    extended_ = extended;
    send(extended ? extensions() : "250 " + settings_.host + "\r\n");
}

std::string SmtpFront::extensions() const
{
    std::vector<std::string> lines{settings_.host};
    lines.insert(lines.end(), backend_.begin(), backend_.end());
    if (settings_.starttls && !channel_.secure)
        lines.emplace_back("STARTTLS");
    const auto mechanisms = usable_mechanisms(settings_, channel_);
    if (!mechanisms.empty()) {
        std::string& line = lines.emplace_back("AUTH");
        for (const std::string_view mechanism : mechanisms)
            line += ' ' + std::string(mechanism);
    }
    std::string reply;
    for (std::size_t i = 0; i < lines.size(); ++i)
        reply += (i + 1 < lines.size() ? "250-" : "250 ") + lines[i] + "\r\n";
    return reply;
}

void SmtpFront::auth(std::string_view argument)
{
    if (!logins_allowed())
        return send("538 5.7.11 begin TLS first\r\n");
    if (!extended_)
        return send("503 5.5.1 expected EHLO first\r\n");
    const std::size_t space = argument.find(' ');
    const std::string_view mechanism = argument.substr(0, space);
    if (!may_use(mechanism))
        return send("504 5.5.4 this mechanism is not offered\r\n");
    begin_exchange(mechanism,
                   space == std::string_view::npos ? std::nullopt : std::optional(argument.substr(space + 1)));
}

void SmtpFront::starttls()
{
    if (channel_.secure)
        return send("503 5.5.1 TLS runs already\r\n");
    if (!settings_.starttls)
        return send("502 5.5.1 TLS is not offered\r\n");
    start_tls("220 2.0.0 begin TLS\r\n");
}

std::string SmtpFront::challenge_line(std::string_view base64) const
{
    return "334 " + std::string(base64) + "\r\n";
}

void SmtpFront::tell_refused(Refusal why, std::string_view text)
{
    send((why == Refusal::unavailable ? "454 4.7.0 " : "535 5.7.8 ") + std::string(text) + "\r\n");
}

void SmtpFront::tell_broken(Broken why)
{
    switch (why) {
    case Broken::cancelled: return send("501 5.7.0 the login was given up\r\n");
    case Broken::malformed: return send("501 5.5.2 expected base64\r\n");
    case Broken::too_long: return send("500 5.5.6 the line is too long\r\n");
    case Broken::no_memory: return send("454 4.7.0 overloaded, try again later\r\n");
    }
}

std::string SmtpFront::welcome(std::string_view /*told*/)
{
    return "235 2.7.0 logged in\r\n";
}

std::string SmtpFront::farewell(Farewell why) const
{
    return std::string(smtp_farewell(why));
}

std::string_view smtp_farewell(Farewell why)
{
    switch (why) {
    case Farewell::too_slow: return "421 4.4.2 you are idle for too long\r\n";
    case Farewell::too_many: return "421 4.7.0 too many connections or attempts\r\n";
    case Farewell::shutting_down: return "421 4.3.2 shutting down, connect again\r\n";
    case Farewell::no_longer_allowed: return "421 4.7.0 you may no longer use this service\r\n";
    }
    return {};
}

} // namespace gatehouse::codec
