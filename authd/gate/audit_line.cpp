#include "base/text.hpp"
#include "gate/audit.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::gate
{

namespace
{
constexpr std::size_t longest_login_shown = 256;

std::string shown(std::string_view text)
{
    std::string out;
    const bool cut = text.size() > longest_login_shown;
    if (cut)
        text = text.substr(0, longest_login_shown);
    if (text::is_utf8(text)) {
        out = text;
    } else {
        for (const char c : text) {
            if (static_cast<unsigned char>(c) < 0x80)
                out += c;
            else
                out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return cut ? out + "..." : out;
}

bool needs_no_escape(char c)
{
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

/// Builds one line member by member; values that need it are escaped by Boost.JSON.
class JsonLine
{
public:
    JsonLine() { line_.reserve(384); }
    void add(std::string_view key, std::string_view value)
    {
        begin(key);
        if (!std::ranges::all_of(value, needs_no_escape)) {
            line_ += boost::json::serialize(boost::json::string_view(value.data(), value.size()));
            return;
        }
        line_ += '"';
        line_ += value;
        line_ += '"';
    }
    void add_unless_empty(std::string_view key, std::string_view value)
    {
        if (!value.empty())
            add(key, value);
    }
    void add(std::string_view key, std::int64_t value)
    {
        begin(key);
        line_ += std::to_string(value);
    }
    void add_true(std::string_view key)
    {
        begin(key);
        line_ += "true";
    }
    std::string end() { return std::move(line_ += "}\n"); }

private:
    void begin(std::string_view key)
    {
        line_ += line_.empty() ? "{\"" : ",\"";
        line_ += key;
        line_ += "\":";
    }
    std::string line_;
};

/// Written out once a second: the calendar and the format take longer than the rest of the line.
std::string_view text_of(std::chrono::sys_seconds second)
{
    thread_local std::chrono::sys_seconds known{std::chrono::seconds(-1)};
    thread_local std::string text;
    if (std::exchange(known, second) != second)
        text = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(second)));
    return text;
}

std::string utc_now()
{
    const auto now = std::chrono::system_clock::now();
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now - second).count();
    return fmt::format("{}.{:06}Z", text_of(second), us);
}
} // namespace

std::string audit_line(const Attempt& attempt, const Pins& pins, std::string_view login, const Verdict& verdict,
                       const Trail& trail, std::chrono::microseconds took)
{
    JsonLine line;
    line.add("time", utc_now());
    line.add("service", shown(attempt.service));
    line.add("door", pins.door);
    line.add("listener", pins.listener);
    if (pins.may_assert_address)
        line.add_unless_empty("client", shown(attempt.client_address));
    line.add("login", shown(login));
    if (const auto& person = verdict.person()) {
        line.add("name", person->name);
        line.add("realm", person->realm);
        line.add_unless_empty("id", person->id);
    }
    line.add_unless_empty("actor", trail.actor);
    line.add("mechanism", shown(attempt.mechanism));
    line.add("verdict", verdict.granted() ? "granted" : verdict.denied() ? "denied" : "unavailable");
    line.add("reason", name_of(verdict.reason()));
    line.add_unless_empty("detail", verdict.detail());
    line.add_unless_empty("source", name_of(trail.source));
    if (trail.old_password_window)
        line.add_true("old_password_window");
    line.add_unless_empty("server", trail.server);
    line.add("peer_uid", static_cast<std::int64_t>(attempt.peer_uid));
    line.add("us", took.count());
    return line.end();
}

} // namespace gatehouse::gate
