// pure-ftpd's external authentication, both sides: a request decodes the same however it is cut, what decodes is
// encoded and decoded again to the same, and no home directory can forge an answer.
// covers: authd/wire/extauth.cpp
#include "fuzz.hpp"
#include "wire/extauth.hpp"

#include <optional>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using namespace gatehouse::wire;

namespace
{
struct Outcome {
    std::optional<WireError> error;
    std::string request; ///< encoded

    bool operator==(const Outcome&) const = default;
};

Outcome decode(std::span<const std::string_view> pieces)
{
    ExtauthDecoder decoder;
    Outcome outcome;
    bool was_whole = false;
    for (const std::string_view piece : pieces) {
        const auto whole = decoder.feed(bytes_of(piece));
        require(!outcome.error || !whole);
        require(!was_whole || (whole && *whole));
        was_whole = whole && *whole;
        if (!whole)
            outcome.error = whole.error();
    }
    if (!was_whole)
        return outcome;
    require(!decoder.partial());
    const ExtauthRequest request = decoder.take();
    planted_bug(request.password.view());
    const auto encoded = encode_extauth_request(request);
    require(encoded.has_value());
    outcome.request = encoded->view();
    return outcome;
}

void fuzz_request(std::string_view stream)
{
    const std::vector<std::string_view> pieces = {stream};
    const Outcome whole = decode(pieces);
    require(decode(cut(stream)) == whole);
    if (whole.request.empty())
        return;
    const std::vector<std::string_view> encoded = {whole.request};
    require(decode(encoded) == whole);
}

void fuzz_answer(std::string_view text)
{
    (void)parse_extauth_answer(text);
    const auto answer = extauth_granted({.uid = 20'001, .gid = 20'000, .home = std::string(text)});
    if (!answer)
        return;
    const auto read = parse_extauth_answer(*answer);
    require(read.has_value() && read->auth_ok == 1 && read->account->home == text && read->account->uid == 20'001);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    fuzz_request(text_of(bytes, size));
    fuzz_answer(text_of(bytes, size));
    return 0;
}
