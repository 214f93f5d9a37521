#include "identity/sid.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;

namespace
{
const std::string domain_sid("\x01\x04\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\xff\xff\xff\xff", 24);
} // namespace

TEST_CASE("a SID is read byte by byte", "[unit]")
{
    REQUIRE(sid_text(domain_sid) == "S-1-5-21-1-2-4294967295");
    REQUIRE(sid_text(std::string("\x01\x01\0\0\0\0\0\x05\x12\0\0\0", 12)) == "S-1-5-18");
    REQUIRE(sid_text(domain_sid.substr(0, 23)).empty());
    REQUIRE(sid_text("").empty());
}
