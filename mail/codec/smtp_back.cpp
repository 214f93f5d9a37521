#include "codec/smtp_back.hpp"

#include "base/text.hpp"

#include <array>
#include <charconv>

namespace gatehouse::codec
{

namespace
{

constexpr std::string_view unavailable_word = "[UNAVAILABLE]";

/// The reply code of a line; 0: it has none.
int code_of(std::string_view line)
{
    int code = 0;
    const std::string_view digits = line.substr(0, 3);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
    return digits.size() == 3 && error == std::errc{} && end == digits.data() + 3 && code >= 200 ? code : 0;
}

} // namespace

std::string xtext(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f && c != '+' && c != '=') {
            out += c;
            continue;
        }
        out += '+';
        out += digits[byte >> 4];
        out += digits[byte & 0x0f];
    }
    return out;
}

void SmtpBack::take(std::string_view line)
{
    const int code = code_of(line);
    const bool more = line.size() > 3 && line[3] == '-';
    if (code == 0 || (line.size() > 3 && line[3] != ' ' && !more))
        return fail(false, "it sends no reply of SMTP: " + std::string(line.substr(0, 200)));
    reply_.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
    if (more)
        return;
    take_reply(code, line);
    if (state_ != State::hello) // else it is still looked into
        reply_.clear();
}

void SmtpBack::take_reply(int code, std::string_view last)
{
    const auto refused = [&](std::string_view what) {
        fail(state_ == State::xclient && code >= 500, std::string(what) + ": " + std::string(last.substr(0, 200)));
    };
    switch (state_) {
    case State::greeting: return code == 220 ? say_hello(State::hello) : refused("it greets with");
    case State::hello: return code == 250 ? proceed() : refused("it answers EHLO with");
    case State::starttls: return code == 220 ? start_tls() : refused("it answers STARTTLS with");
    case State::xclient: return code == 220 ? say_hello(State::hello_again) : refused("it answers XCLIENT with");
    case State::hello_again: return code == 250 ? finish() : refused("it answers EHLO with");
    }
}

void SmtpBack::say_hello(State state)
{
    state_ = state;
    reply_.clear();
    send("EHLO " + (wish_.helo.empty() ? std::string("localhost") : wish_.helo) + "\r\n");
}

std::optional<std::string> SmtpBack::extension(std::string_view keyword) const
{
    for (const std::string& line : reply_) {
        const std::size_t end = line.find(' ');
        if (text::equal_ignoring_case(std::string_view(line).substr(0, end), keyword))
            return end == std::string::npos ? std::string{} : line.substr(end + 1);
    }
    return std::nullopt;
}

void SmtpBack::proceed()
{
    if (wish_.starttls) {
        if (!extension("STARTTLS"))
            return fail(false, "it does not offer STARTTLS");
        state_ = State::starttls;
        return send("STARTTLS\r\n");
    }
    if (wish_.only_look)
        return done({.lines = {reply_.begin() + 1, reply_.end()}});
    const auto attributes = extension("XCLIENT");
    if (!attributes || !(" " + *attributes + " ").contains(" LOGIN "))
        return fail(false, "it takes no XCLIENT with LOGIN from here (Postfix: smtpd_authorized_xclient_hosts)");
    say_xclient();
}

/// Postfix decides by the address that it was told who may say XCLIENT from now on. A client at an address that may,
/// our own machine's for one, could become anybody by it: the server is told no address of theirs.
void SmtpBack::finish()
{
    if (!extension("XCLIENT"))
        return done({.lines = {reply_.begin() + 1, reply_.end()}});
    if (std::exchange(hides_address_, true))
        return fail(false, "it would take XCLIENT from the client, too (Postfix: smtpd_authorized_xclient_hosts)");
    say_xclient();
}

void SmtpBack::say_xclient()
{
    state_ = State::xclient;
    reply_.clear();
    send(xclient());
}

std::string SmtpBack::xclient() const
{
    std::string command = "XCLIENT LOGIN=" + xtext(wish_.user);
    if (hides_address_)
        command += " ADDR=" + std::string(unavailable_word) + " NAME=" + std::string(unavailable_word);
    else if (!wish_.address.empty())
        command += (wish_.address.contains(':') ? " ADDR=IPV6:" : " ADDR=") + xtext(wish_.address) +
                   " PORT=" + std::to_string(wish_.port) + " NAME=" + std::string(unavailable_word);
    return command + "\r\n";
}

} // namespace gatehouse::codec
