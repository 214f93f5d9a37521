#include "codec/sieve_back.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::codec
{

void SieveBack::take(std::string_view line)
{
    const std::string word = text::lower(line.substr(0, line.find_first_of(" (")));
    if (word != "ok" && word != "no" && word != "bye") {
        if (line.starts_with('"'))
            capabilities_.emplace_back(line);
        return;
    }
    const bool ok = word == "ok";
    switch (state_) {
    case State::greeting: return ok ? proceed() : fail(false, "it greets with: " + std::string(line));
    case State::starttls: return ok ? start_tls() : fail(false, "it refuses STARTTLS: " + std::string(line));
    case State::login: return ok ? done({.lines = std::move(capabilities_)}) : fail(word == "no", std::string(line));
    }
}

/// The server tells its capabilities again, by itself.
void SieveBack::begin_anew()
{
    state_ = State::greeting;
    capabilities_.clear();
}

bool SieveBack::has(std::string_view capability, std::string_view word) const
{
    const std::string name = "\"" + text::lower(capability) + "\"";
    return std::ranges::any_of(capabilities_, [&](std::string_view line) {
        const std::string lower = text::lower(line);
        if (!lower.starts_with(name))
            return false;
        std::string words = lower.substr(name.size());
        std::ranges::replace(words, '"', ' ');
        return word.empty() || (words + ' ').contains(" " + text::lower(word) + " ");
    });
}

void SieveBack::proceed()
{
    if (wish_.starttls) {
        if (!has("STARTTLS", ""))
            return fail(false, "it does not offer STARTTLS");
        state_ = State::starttls;
        return send("STARTTLS\r\n");
    }
    if (wish_.only_look)
        return done({.lines = std::move(capabilities_)});
    if (!has("SASL", "PLAIN"))
        return fail(false, "it takes no password here (no PLAIN): allow plain text on its side, or use TLS");
    state_ = State::login;
    Secret bytes;
    if (!bytes.append("AUTHENTICATE \"PLAIN\" \"") || !append_plain(bytes) || !bytes.append("\"\r\n"))
        return fail_without_memory();
    send(std::move(bytes));
}

} // namespace gatehouse::codec
