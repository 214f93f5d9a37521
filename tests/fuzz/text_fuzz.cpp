// Text: what is encoded in base64 is decoded again, both encoders agree, and what decodes has the one right length;
// UTF-8 and control characters are what others take for them; what is split is joined; a word is nearest to itself.
// covers: authd/base/text.cpp authd/wire/secret_base64.cpp
#include "base/text.hpp"
#include "fuzz.hpp"
#include "wire/secret_base64.hpp"

#include <boost/json.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

namespace
{
constexpr std::size_t max_compared = 128; // bytes of a text for what takes quadratic time

void fuzz_base64(std::string_view input)
{
    if (const auto decoded = text::decode_base64(input)) {
        planted_bug(decoded->view());
        const std::string again = text::base64(decoded->bytes());
        require(again.size() == input.size());
        // The last digit before the padding may carry bits that no byte uses; all others are fixed.
        const std::size_t digits = input.find_last_not_of('=');
        require(digits == std::string_view::npos || again.substr(0, digits) == input.substr(0, digits));
    }
    const std::string encoded = text::base64(bytes_of(input));
    Secret out;
    require(wire::append_base64(out, bytes_of(input)) && out.view() == encoded);
    const auto decoded = text::decode_base64(encoded);
    require(decoded.has_value() && decoded->view() == input);
}

bool is_c0_or_del(char c)
{
    return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F;
}

void fuzz_characters(std::string_view input)
{
    bool has_control = std::ranges::any_of(input, is_c0_or_del);
    for (int c = 0x80; c < 0xA0; ++c)
        has_control = has_control || input.contains(std::string{'\xC2', static_cast<char>(c)});
    require(text::has_control(input) == has_control || (!has_control && !text::is_utf8(input)));

    // Boost reads no string that is not UTF-8.
    if (!has_control && !input.contains('"') && !input.contains('\\')) {
        boost::system::error_code error;
        (void)boost::json::parse('"' + std::string(input) + '"', error);
        require(text::is_utf8(input) == !error);
    }
    const std::string lower = text::lower(input);
    require(text::lower(lower) == lower && text::is_utf8(lower) == text::is_utf8(input));
    require(text::equal_ignoring_case(lower, input) && !text::equal_ignoring_case(lower + '.', input));
}

void fuzz_words(std::string_view input)
{
    const std::vector<std::string_view> words = text::split(input, ',');
    require(text::join(std::vector<std::string>(words.begin(), words.end()), ",") == input);
    require(std::ranges::none_of(words, [](std::string_view word) { return word.contains(','); }));

    const std::span<const std::string_view> choices = std::span(words).subspan(1);
    const std::string_view nearest = text::nearest(words.front(), choices);
    const bool is_choice = std::ranges::find(choices, words.front()) != choices.end();
    require(!is_choice || nearest == words.front());
    require(nearest.empty() || std::ranges::find(choices, nearest) != choices.end());
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    const std::string_view input = text_of(bytes, size);
    fuzz_base64(input);
    fuzz_characters(input);
    fuzz_words(input.substr(0, max_compared));
    return 0;
}
