#include "codec/pop3_front.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::codec
{

Pop3Front::Pop3Front(const FrontSettings& settings, BackendLines backend)
    : QueueingFront(settings), utf8_(std::ranges::any_of(backend, [](std::string_view line) {
          return text::equal_ignoring_case(line.substr(0, line.find(' ')), "UTF8");
      }))
{
}

void Pop3Front::greet()
{
    send("+OK " + settings_.host + " ready\r\n");
}

void Pop3Front::begin_anew()
{
    user_.reset();
    wants_utf8_ = false;
}

bool Pop3Front::read_command()
{
    const auto line = take_line(settings_.max_response); // AUTH may carry an initial response
    if (!line)
        return false;
    const std::string_view text = line->view();
    const std::size_t space = text.find(' ');
    run(text.substr(0, space), space == std::string_view::npos ? std::string_view{} : text.substr(space + 1));
    return true;
}

void Pop3Front::run(std::string_view name, std::string_view argument)
{
    const auto is = [&](std::string_view word) { return text::equal_ignoring_case(name, word); };
    if (is("USER")) {
        if (argument.empty())
            return error("expected a name");
        if (!logins_allowed())
            return error("begin TLS first");
        user_ = argument;
        return send("+OK\r\n");
    }
    if (is("PASS"))
        return pass(argument);
    if (is("AUTH"))
        return auth(argument);
    if (is("CAPA"))
        return capa();
    if (is("STLS"))
        return stls();
    if (is("UTF8") && utf8_) {
        wants_utf8_ = true;
        return send("+OK UTF-8 from now on\r\n");
    }
    if (is("NOOP"))
        return send("+OK\r\n");
    if (is("QUIT")) {
        send("+OK good bye\r\n");
        return close();
    }
    error("not a command before login");
}

void Pop3Front::pass(std::string_view password)
{
    if (!user_)
        return error("expected USER first");
    Secret secret;
    if (!secret.append(password))
        return error("[SYS/TEMP] overloaded, try again later");
    std::string user = std::move(*user_);
    user_.reset();
    check_password(std::move(user), std::move(secret));
}

void Pop3Front::auth(std::string_view argument)
{
    if (argument.empty()) { // older clients ask so which mechanisms there are
        std::string answer = "+OK\r\n";
        for (const std::string_view name : usable_mechanisms(settings_, channel_))
            answer += std::string(name) + "\r\n";
        return send(answer + ".\r\n");
    }
    if (!logins_allowed())
        return error("begin TLS first");
    const std::size_t space = argument.find(' ');
    const std::string_view mechanism = argument.substr(0, space);
    if (!may_use(mechanism))
        return error("this mechanism is not offered");
    begin_exchange(mechanism,
                   space == std::string_view::npos ? std::nullopt : std::optional(argument.substr(space + 1)));
}

void Pop3Front::stls()
{
    if (channel_.secure || !settings_.starttls)
        return error(channel_.secure ? "TLS runs already" : "TLS is not offered");
    start_tls("+OK begin TLS\r\n");
}

void Pop3Front::capa()
{
    std::string answer = "+OK\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n";
    if (settings_.starttls && !channel_.secure)
        answer += "STLS\r\n";
    if (logins_allowed())
        answer += "USER\r\n";
    const auto mechanisms = usable_mechanisms(settings_, channel_);
    if (!mechanisms.empty())
        answer += "SASL";
    for (const std::string_view name : mechanisms)
        answer += ' ' + std::string(name);
    if (!mechanisms.empty())
        answer += "\r\n";
    if (utf8_)
        answer += "UTF8 USER\r\n";
    send(answer + ".\r\n");
}

std::string Pop3Front::challenge_line(std::string_view base64) const
{
    return "+ " + std::string(base64) + "\r\n";
}

void Pop3Front::tell_refused(Refusal why, std::string_view text)
{
    error((why == Refusal::unavailable ? "[SYS/TEMP] " : "[AUTH] ") + std::string(text));
}

void Pop3Front::tell_broken(Broken why)
{
    switch (why) {
    case Broken::cancelled: return error("the login was given up");
    case Broken::malformed: return error("expected base64");
    case Broken::too_long: return error("the line is too long");
    case Broken::no_memory: return error("[SYS/TEMP] overloaded, try again later");
    }
}

std::string Pop3Front::welcome(std::string_view told)
{
    return std::string(told) + "\r\n";
}

std::string Pop3Front::farewell(Farewell why) const
{
    switch (why) {
    case Farewell::too_slow: return "-ERR you are idle for too long\r\n";
    case Farewell::too_many: return "-ERR [SYS/TEMP] too many connections or attempts\r\n";
    case Farewell::shutting_down: return "-ERR [SYS/TEMP] shutting down, connect again\r\n";
    case Farewell::no_longer_allowed: break;
    }
    return {};
}

} // namespace gatehouse::codec
