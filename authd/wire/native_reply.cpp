#include "wire/native.hpp"

#include "base/text.hpp"
#include "identity/reason.hpp"

#include <algorithm>

namespace gatehouse::wire
{

namespace json = boost::json;

namespace
{

std::string line_of(const json::value& value)
{
    std::string line = json::serialize(value);
    line += '\n';
    return line;
}

bool fits(const std::string& line)
{
    return line.size() <= max_native_line + 1;
}

/// A text for people as JSON can hold it: what is not UTF-8 (a server's message in another encoding) becomes '?'.
std::string readable(std::string_view text)
{
    std::string out(text);
    if (!text::is_utf8(text))
        std::ranges::replace_if(out, [](char c) { return static_cast<std::uint8_t>(c) >= 0x80; }, '?');
    return out;
}

/// Names must travel exactly or not at all: a name that is mended is another person's.
bool is_exact(const Person& person)
{
    const auto utf8 = [](const std::string& text) { return text::is_utf8(text); };
    return utf8(person.realm) && utf8(person.name) && utf8(person.mailbox) && utf8(person.id) && utf8(person.upn) &&
           utf8(person.display_name) && utf8(person.mail_host) && std::ranges::all_of(person.addresses, utf8) &&
           std::ranges::all_of(person.groups, utf8, &Membership::group);
}

std::span<const std::uint8_t> bytes_of(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

json::object verdict_head(NativeId id, const Verdict& verdict)
{
    json::object out{{"id", id}};
    if (verdict.granted()) {
        out["verdict"] = "granted";
        return out;
    }
    out["verdict"] = verdict.denied() ? "denied" : "unavailable";
    out["text"] = public_text(verdict.told());
    // No more than the text itself tells: a reason that people may not know has the text of a wrong password.
    if (verdict.denied() && public_text(verdict.told()) != public_text(Reason::wrong_password)) {
        out["password_right"] = true;
        out["told"] = name_of(verdict.told());
    }
    return out;
}

void add_administrators_part(json::object& out, const Verdict& verdict, const Trail& trail)
{
    out["reason"] = name_of(verdict.reason());
    if (!verdict.detail().empty())
        out["detail"] = readable(verdict.detail());
    if (!trail.server.empty())
        out["server"] = readable(trail.server);
    if (!trail.keep_steps)
        return;
    json::array steps;
    for (const std::string& step : trail.steps)
        steps.emplace_back(readable(step));
    out["steps"] = std::move(steps);
}

void add_person(json::object& out, const Verdict& verdict)
{
    if (!verdict.granted() || !verdict.person())
        return;
    out["person"] = native_person(*verdict.person());
    if (const auto until = verdict.valid_until())
        out["valid_until"] = std::chrono::duration_cast<std::chrono::seconds>(until->time_since_epoch()).count();
}

} // namespace

std::string format_native_greeting()
{
    return line_of({{"gatehouse", native_version}, {"server", "gatehouse-authd/" GATEHOUSE_VERSION}});
}

std::string format_native_challenge(NativeId id, std::string_view challenge)
{
    return line_of({{"id", id}, {"challenge", text::base64(bytes_of(challenge))}});
}

std::string format_native_verdict(NativeId id, const Verdict& verdict, const Trail& trail, NativeDetail detail,
                                  std::string_view last, std::string_view grant)
{
    if (verdict.granted() && verdict.person() && !is_exact(*verdict.person()))
        return format_native_verdict(
            id, Verdict::refused(Reason::internal, "a name or group of this person is not UTF-8"), trail, detail);

    json::object out = verdict_head(id, verdict);
    add_person(out, verdict);
    if (verdict.granted() && !last.empty())
        out["last"] = text::base64(bytes_of(last));
    if (verdict.granted() && !grant.empty())
        out["grant"] = grant;
    if (detail == NativeDetail::administrator)
        add_administrators_part(out, verdict, trail);
    std::string line = line_of(out);
    if (!fits(line) && out.erase("steps") > 0)
        line = line_of(out);
    if (fits(line))
        return line;
    return format_native_verdict(
        id, Verdict::refused(Reason::internal, "this person's names and groups are more than one line can hold"), {},
        detail);
}

std::string format_native_result(NativeId id, const json::value& result)
{
    std::string line = readable(line_of({{"id", id}, {"result", result}}));
    return fits(line) ? line : format_native_error(id, "the answer is longer than a line may be (256 KiB)");
}

std::string format_native_error(std::optional<NativeId> id, std::string_view text)
{
    return line_of({{"id", id ? json::value(*id) : json::value(nullptr)}, {"error", readable(text.substr(0, 4096))}});
}

} // namespace gatehouse::wire
