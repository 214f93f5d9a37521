// HTTP Basic, both sides: a header that parses is written and parsed again to the same login and password.
// covers: authd/wire/http_basic.cpp
#include "fuzz.hpp"
#include "wire/http_basic.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using namespace gatehouse::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    const auto basic = parse_http_basic(text_of(bytes, size));
    if (!basic) {
        require(basic.error() != WireError::out_of_memory);
        return 0;
    }
    planted_bug(basic->login);
    require(basic->login.find(':') == std::string::npos);
    const auto encoded = encode_http_basic(basic->login, basic->password);
    require(encoded.has_value());
    const auto again = parse_http_basic(encoded->view());
    require(again.has_value() && again->login == basic->login && again->password.equals(basic->password));
    return 0;
}
