#include "codec/imap_back.hpp"

#include "base/text.hpp"

#include <utility>

namespace gatehouse::codec
{

namespace
{

/// The capabilities of "[CAPABILITY ...] text"; nothing: it tells none.
std::optional<std::string_view> told_capabilities(std::string_view text)
{
    constexpr std::string_view begin = "[CAPABILITY ";
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !text::equal_ignoring_case(text.substr(0, begin.size()), begin))
        return std::nullopt;
    return text.substr(begin.size(), end - begin.size());
}

/// Cuts the first word off.
std::string_view cut_word(std::string_view& text)
{
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

/// What still means something after the login.
std::string lasting(std::string_view capabilities)
{
    std::string kept;
    for (const std::string_view word : text::split(capabilities, ' ')) {
        const std::string name = text::lower(word);
        if (name.empty() || name == "logindisabled" || name == "starttls" || name == "sasl-ir" ||
            name.starts_with("auth="))
            continue;
        kept += (kept.empty() ? "" : " ") + std::string(word);
    }
    return kept;
}

std::string_view trimmed(std::string_view text)
{
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

} // namespace

void ImapBack::take(std::string_view line)
{
    if (state_ == State::greeting)
        return take_greeting(line);
    if (line.starts_with('+')) {
        if (state_ != State::login || response_.empty())
            return fail(false, "it asks for something that was not announced");
        return send(std::exchange(response_, {}));
    }
    std::string_view text = line;
    const std::string_view tag = cut_word(text);
    const std::string_view word = cut_word(text);
    if (tag == "*" && text::equal_ignoring_case(word, "CAPABILITY"))
        return know(text);
    if (tag == "*" && text::equal_ignoring_case(word, "BYE"))
        return fail(false, "it says BYE: " + std::string(text));
    if (tag == "L" || tag == "C" || tag == "T")
        take_tagged(word, text);
}

void ImapBack::take_greeting(std::string_view line)
{
    std::string_view text = line;
    const std::string_view star = cut_word(text);
    const std::string_view word = cut_word(text);
    if (star != "*" || !text::equal_ignoring_case(word, "OK"))
        return fail(false, "it greets with: " + std::string(line.substr(0, 200)));
    if (const auto told = told_capabilities(text)) {
        know(*told);
        return proceed();
    }
    ask_capabilities(State::capability);
}

void ImapBack::take_tagged(std::string_view word, std::string_view text)
{
    const bool ok = text::equal_ignoring_case(word, "OK");
    switch (state_) {
    case State::capability: return ok ? proceed() : fail(false, "it does not tell its capabilities");
    case State::starttls: return ok ? start_tls() : fail(false, "it refuses STARTTLS: " + std::string(text));
    case State::capability_after: return done({.told = lasting(capabilities_)});
    case State::greeting: return;
    case State::login: break;
    }
    if (!ok)
        return fail(true, std::string(text));
    if (const auto told = told_capabilities(text))
        return done({.told = lasting(*told)});
    ask_capabilities(State::capability_after);
}

void ImapBack::begin_anew()
{
    ask_capabilities(State::capability);
}

void ImapBack::ask_capabilities(State state)
{
    state_ = state;
    capabilities_.clear();
    send("C CAPABILITY\r\n");
}

void ImapBack::know(std::string_view capabilities)
{
    capabilities_ = " " + std::string(trimmed(capabilities)) + " ";
}

bool ImapBack::has(std::string_view capability) const
{
    return text::lower(capabilities_).contains(" " + text::lower(capability) + " ");
}

void ImapBack::proceed()
{
    if (!wish_.starttls)
        return log_in();
    if (!has("STARTTLS"))
        return fail(false, "it does not offer STARTTLS");
    state_ = State::starttls;
    send("T STARTTLS\r\n");
}

/// Fields of RFC 2971 that stores know from other proxies.
std::string ImapBack::identification() const
{
    if (wish_.address.empty() || !has("ID"))
        return {};
    return "I ID (\"name\" \"gatehouse-mailgate\" \"x-originating-ip\" \"" + wish_.address +
           "\" \"x-originating-port\" \"" + std::to_string(wish_.port) + "\")\r\n";
}

void ImapBack::log_in()
{
    state_ = State::login;
    Secret bytes;
    bool kept = bytes.append(identification());
    if (has("AUTH=PLAIN")) {
        kept = kept && bytes.append("L AUTHENTICATE PLAIN");
        Secret& message = has("SASL-IR") ? bytes : response_;
        kept = kept && (!has("SASL-IR") || bytes.append(" ")) && append_plain(message) && message.append("\r\n") &&
               (has("SASL-IR") || bytes.append("\r\n"));
    } else if (has("LOGINDISABLED") || !wish_.act_for.empty()) {
        return fail(false, "it takes no password here (no AUTH=PLAIN): allow plain text on its side, or use TLS");
    } else {
        kept = kept && bytes.append("L LOGIN ") && append_quoted(bytes, wish_.user) && bytes.append(" ") &&
               append_quoted(bytes, wish_.password.view()) && bytes.append("\r\n");
    }
    if (!kept)
        return fail_without_memory();
    send(std::move(bytes));
}

} // namespace gatehouse::codec
