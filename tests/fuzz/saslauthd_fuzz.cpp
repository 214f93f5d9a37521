// The saslauthd codec, both sides: a request decodes the same however it is cut, and is encoded to the same bytes.
// covers: authd/wire/saslauthd.cpp
#include "fuzz.hpp"
#include "wire/saslauthd.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using namespace gatehouse::wire;

namespace
{
constexpr std::size_t max_field = 300; // so that a short input can break it

struct Outcome {
    bool failed = false;
    bool whole = false;
    std::string login;
    std::string password;
    std::string service;
    std::string realm;
    std::string address;

    bool operator==(const Outcome&) const = default;
};

Outcome decode(std::span<const std::string_view> pieces)
{
    SaslauthdDecoder decoder(max_field);
    Outcome outcome;
    for (const std::string_view piece : pieces) {
        const auto whole = decoder.feed(bytes_of(piece));
        require(whole || whole.error() == WireError::too_long);
        require(!outcome.failed || !whole);
        require(!outcome.whole || (whole && *whole));
        outcome.failed = !whole;
        outcome.whole = whole && *whole;
    }
    if (!outcome.whole)
        return outcome;
    require(!decoder.partial());
    const SaslauthdRequest request = decoder.take();
    outcome.login = request.login;
    outcome.password = request.password.view();
    outcome.service = request.service;
    outcome.realm = request.realm;
    outcome.address = request.client_address;
    planted_bug(request.password.view());
    return outcome;
}

void fuzz_request(std::string_view stream)
{
    const std::vector<std::string_view> pieces = {stream};
    const Outcome whole = decode(pieces);
    require(decode(cut(stream)) == whole);
    if (!whole.whole)
        return;
    const auto encoded = encode_saslauthd_request(whole.login, secret_of(whole.password), whole.service, whole.realm);
    require(encoded.has_value());
    require(stream.starts_with(encoded->view()));
    require(whole.address.empty() || stream.size() > encoded->size());
    require(whole.address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos);
}

void fuzz_answer(std::string_view text)
{
    if (const auto answer = parse_saslauthd_answer(text); answer && answer->text.size() <= 1'000) {
        const auto again = parse_saslauthd_answer(saslauthd_answer(answer->ok, answer->text));
        require(again.has_value() && again->ok == answer->ok && (again->text == answer->text));
    }
    for (const bool ok : {true, false}) {
        const std::string sent = saslauthd_answer(ok, text);
        require(sent.size() <= 2 + 1'023);
        const auto read = parse_saslauthd_answer(sent);
        require(read.has_value() && read->ok == ok && text.starts_with(read->text));
    }
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    fuzz_request(text_of(bytes, size));
    fuzz_answer(text_of(bytes, size));
    return 0;
}
