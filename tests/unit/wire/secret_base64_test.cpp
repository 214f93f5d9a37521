#include "wire/secret_base64.hpp"

#include "base/text.hpp"
#include "pieces.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::test;

TEST_CASE("base64 of a secret is RFC 4648's, over the seams of its pieces too", "[unit]")
{
    std::string text;
    for (std::size_t size = 0; size < 3000; ++size) {
        if (size < 12 || (size > 760 && size < 776) || size > 2300) {
            Secret out = secret_of("resp=");
            REQUIRE(wire::append_base64(out, bytes_of(text)));
            REQUIRE(out.view() == "resp=" + gatehouse::text::base64(bytes_of(text)));
        }
        text += static_cast<char>(size * 7);
    }
    const FullArena full;
    Secret out;
    REQUIRE_FALSE(wire::append_base64(out, bytes_of("x")));
}
