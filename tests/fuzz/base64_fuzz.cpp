// Base64: what is encoded is decoded again, both encoders agree, and what decodes has the one right length.
// covers: authd/base/text.cpp authd/wire/secret_base64.cpp
#include "base/text.hpp"
#include "fuzz.hpp"
#include "wire/secret_base64.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    const std::string_view input = text_of(bytes, size);
    if (const auto decoded = text::decode_base64(input)) {
        planted_bug(decoded->view());
        const std::string again = text::base64(decoded->bytes());
        require(again.size() == input.size());
        // The last digit before the padding may carry bits that no byte uses; all others are fixed.
        const std::size_t digits = input.find_last_not_of('=');
        require(digits == std::string_view::npos || again.substr(0, digits) == input.substr(0, digits));
    }
    const std::string encoded = text::base64({bytes, size});
    Secret out;
    require(wire::append_base64(out, {bytes, size}) && out.view() == encoded);
    const auto decoded = text::decode_base64(encoded);
    require(decoded.has_value() && decoded->view() == input);
    return 0;
}
