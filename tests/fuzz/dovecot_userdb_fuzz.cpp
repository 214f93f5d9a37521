// Dovecot's master protocol, both sides: a request that parses is written and parsed again to the same line; nothing
// that is put into an answer can end its field or its line.
// covers: authd/wire/dovecot_userdb.cpp authd/wire/dovecot_fields.cpp
#include "fuzz.hpp"
#include "wire/dovecot_userdb.hpp"

#include <algorithm>
#include <array>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using namespace gatehouse::wire;

namespace
{
constexpr int max_lines = 16; // of an input, for speed

std::string_view without_lf(std::string_view line)
{
    require(line.ends_with('\n') && std::ranges::count(line, '\n') == 1);
    return line.substr(0, line.size() - 1);
}

/// True if it is one.
bool fuzz_request(std::string_view line)
{
    const auto parsed = parse_dovecot_master_line(line);
    if (!parsed)
        return false;
    if (const auto* person = std::get_if<DovecotPersonRequest>(&*parsed))
        planted_bug(person->login);
    const std::string encoded = encode_dovecot_master(*parsed);
    const auto again = parse_dovecot_master_line(without_lf(encoded));
    require(again.has_value() && again->index() == parsed->index());
    require(encode_dovecot_master(*again) == encoded);
    return true;
}

void fuzz_answer(std::string_view text)
{
    const std::array<DovecotField, 1> fields = {{{.name = "home", .value = std::string(text)}}};
    const std::string user = dovecot_user(1, text, fields);
    const auto read = parse_dovecot_master_reply(without_lf(user));
    require(read.has_value() && read->values.size() == 2 && read->values[0] == text);
    for (const std::string& answer : {dovecot_pass(2, text, fields), dovecot_lookup_failed(3, text)})
        require(parse_dovecot_master_reply(without_lf(answer)).has_value());
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    std::string_view stream = text_of(bytes, size);
    bool from_client = false;
    for (int count = 0; count < max_lines && !stream.empty(); ++count) {
        const std::string_view line = stream.substr(0, stream.find('\n'));
        from_client = fuzz_request(line) || from_client;
        (void)parse_dovecot_master_reply(line);
        stream.remove_prefix(std::min(line.size() + 1, stream.size()));
    }
    if (!from_client) // an input is one or the other, for speed
        fuzz_answer(text_of(bytes, size));
    return 0;
}
