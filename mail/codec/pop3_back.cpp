#include "codec/pop3_back.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::codec
{

void Pop3Back::take(std::string_view line)
{
    if (state_ == State::capa_list) {
        if (line == ".")
            return proceed();
        capabilities_.emplace_back(line);
        return;
    }
    if (state_ == State::auth && line.starts_with('+') && !line.starts_with("+OK"))
        return answer_auth();
    const bool ok = line.starts_with("+OK");
    switch (state_) {
    case State::greeting:
        return ok ? ask_capabilities() : fail(false, "it greets with: " + std::string(line.substr(0, 200)));
    case State::capa:
        if (!ok) // it knows no CAPA
            return proceed();
        state_ = State::capa_list;
        return;
    case State::stls: return ok ? start_tls() : fail(false, "it refuses STLS: " + std::string(line));
    case State::utf8: return ok ? show_password() : fail(false, "it refuses UTF8: " + std::string(line));
    case State::user: return ok ? send_pass() : fail(true, std::string(line));
    case State::auth:
    case State::auth_continued:
    case State::pass:
        return ok ? done({.told = std::string(line), .lines = std::move(capabilities_)})
                  : fail(true, std::string(line));
    case State::capa_list: return;
    }
}

void Pop3Back::ask_capabilities()
{
    state_ = State::capa;
    capabilities_.clear();
    send("CAPA\r\n");
}

bool Pop3Back::has(std::string_view capability) const
{
    return std::ranges::any_of(capabilities_, [&](std::string_view line) {
        const auto words = text::split(line, ' ');
        return text::equal_ignoring_case(words.front(), capability);
    });
}

void Pop3Back::proceed()
{
    if (!wish_.starttls)
        return log_in();
    if (!has("STLS"))
        return fail(false, "it does not offer STLS");
    state_ = State::stls;
    send("STLS\r\n");
}

void Pop3Back::log_in()
{
    if (wish_.only_look)
        return done({.lines = std::move(capabilities_)});
    if (!wish_.utf8)
        return show_password();
    state_ = State::utf8;
    send("UTF8\r\n");
}

void Pop3Back::show_password()
{
    const bool plain = std::ranges::any_of(capabilities_, [](std::string_view line) {
        return text::lower(line).starts_with("sasl ") && (text::lower(line) + ' ').contains(" plain ");
    });
    if (plain) {
        state_ = State::auth;
        return send("AUTH PLAIN\r\n"); // an initial response may make the line too long for some
    }
    if (!wish_.act_for.empty())
        return fail(false, "it takes no AUTH PLAIN, which a proxy account needs");
    state_ = State::user;
    send("USER " + wish_.user + "\r\n");
}

void Pop3Back::answer_auth()
{
    state_ = State::auth_continued;
    Secret bytes;
    if (!append_plain(bytes) || !bytes.append("\r\n"))
        return fail_without_memory();
    send(std::move(bytes));
}

void Pop3Back::send_pass()
{
    state_ = State::pass;
    Secret bytes;
    if (!bytes.append("PASS ") || !bytes.append(wish_.password.bytes()) || !bytes.append("\r\n"))
        return fail_without_memory();
    send(std::move(bytes));
}

} // namespace gatehouse::codec
