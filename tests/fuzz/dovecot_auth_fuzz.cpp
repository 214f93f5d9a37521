// Dovecot's client protocol, both sides: what a client says is parsed, written and parsed again to the same; nothing
// that is put into a reply can end its field or its line.
// covers: authd/wire/dovecot_auth.cpp authd/wire/dovecot_auth_client.cpp authd/wire/dovecot_fields.cpp
#include "fuzz.hpp"
#include "wire/dovecot_auth.hpp"
#include "wire/dovecot_auth_client.hpp"
#include "wire/line_buffer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using namespace gatehouse::wire;

namespace
{
constexpr std::uint32_t max_lines = 16; // of an input, for speed

std::string_view without_lf(std::string_view line)
{
    require(line.ends_with('\n') && std::ranges::count(line, '\n') == 1);
    return line.substr(0, line.size() - 1);
}

void check(const DovecotAuthBegin& begin)
{
    planted_bug(begin.mechanism);
    const auto encoded = encode_dovecot_auth(begin);
    require(encoded.has_value());
    const auto again = parse_dovecot_client_line(secret_of(without_lf(encoded->view())));
    require(again.has_value());
    const auto* back = std::get_if<DovecotAuthBegin>(&*again);
    require(back != nullptr && back->id == begin.id && back->mechanism == begin.mechanism &&
            back->service == begin.service && back->local_address == begin.local_address &&
            back->remote_address == begin.remote_address && back->local_port == begin.local_port &&
            back->remote_port == begin.remote_port && back->local_name == begin.local_name &&
            back->session == begin.session && back->secured == begin.secured && back->nologin == begin.nologin &&
            back->final_response == begin.final_response && back->response.has_value() == begin.response.has_value());
    require(!begin.response || begin.response->equals(*back->response));
}

void check(const DovecotAuthContinue& cont)
{
    const auto encoded = encode_dovecot_continue(cont.id, cont.response);
    require(encoded.has_value());
    const auto again = parse_dovecot_client_line(secret_of(without_lf(encoded->view())));
    require(again.has_value() && std::get<DovecotAuthContinue>(*again).response.equals(cont.response));
}

/// True if it is one.
bool fuzz_client_line(const Secret& line)
{
    const auto parsed = parse_dovecot_client_line(line);
    if (!parsed)
        return false;
    if (const auto* begin = std::get_if<DovecotAuthBegin>(&*parsed))
        check(*begin);
    else if (const auto* cont = std::get_if<DovecotAuthContinue>(&*parsed))
        check(*cont);
    else if (const auto* cancel = std::get_if<DovecotCancel>(&*parsed))
        require(parse_dovecot_client_line(secret_of(without_lf(encode_dovecot_cancel(cancel->id)))).has_value());
    else if (const auto* fault = std::get_if<DovecotFault>(&*parsed))
        require(fault->why == WireError::malformed);
    return true;
}

void fuzz_reply(std::uint32_t id, std::string_view text)
{
    const std::array<DovecotField, 1> fields = {{{.name = "original_user", .value = std::string(text)}}};
    const DovecotFail fail{
        .user = std::string(text), .reason = std::string(text), .code = static_cast<DovecotFailCode>(id % 5)};
    for (const std::string& reply : {dovecot_ok(id, text, fields), dovecot_fail(id, fail, id % 3)}) {
        const auto parsed = parse_dovecot_server_line(without_lf(reply));
        require(parsed.has_value());
        const auto& outcome = std::get<DovecotOutcome>(*parsed);
        require(outcome.id == id && outcome.value("user") == text && (!outcome.ok || outcome.fields.size() == 2));
    }
    const auto challenge = parse_dovecot_server_line(without_lf(dovecot_cont(id, text)));
    require(challenge.has_value() && std::get<DovecotChallenge>(*challenge).challenge == text);
    require(tab_unescaped(tab_escaped(text)) == text);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    LineBuffer lines(max_dovecot_auth_line);
    if (!lines.feed({bytes, size}))
        return 0;
    bool from_client = false;
    std::uint32_t count = 0;
    while (const std::optional<Secret> line = lines.next()) {
        if (++count > max_lines)
            break;
        if (fuzz_client_line(*line))
            from_client = true;
        else
            (void)parse_dovecot_server_line(line->view());
    }
    if (!from_client) // an input is one or the other, for speed
        fuzz_reply(count, text_of(bytes, size));
    return 0;
}
