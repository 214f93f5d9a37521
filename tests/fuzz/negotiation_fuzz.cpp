// SPNEGO's lists: only a token that holds a mechanism's OID can wish for it, and more bytes behind the token change
// nothing.
// covers: authd/wire/negotiation.cpp
#include "fuzz.hpp"
#include "wire/negotiation.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view token = text_of(bytes, size);
    const auto wish = wire::first_wish(token);
    if (wish == wire::GssMechanism::other)
        return 0;
    planted_bug(token);
    require(token.starts_with('\x60') && token.contains("\x2b\x06\x01\x05\x05\x02"));
    require(wish == wire::GssMechanism::ntlm ? token.contains("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")
                                             : token.contains("\xf7\x12\x01\x02\x02"));
    require(wire::first_wish(std::string(token) + "more") == wish);
    return 0;
}
