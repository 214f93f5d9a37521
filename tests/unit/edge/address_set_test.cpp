#include "edge/address_set.hpp"
#include "edge/crowd.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse::edge;
using boost::asio::ip::make_address;

TEST_CASE("an address set holds addresses and networks of both kinds", "[edge]")
{
    AddressSet set;
    CHECK(set.empty());
    CHECK(set.add("192.0.2.7"));
    CHECK(set.add("198.51.100.0/25"));
    CHECK(set.add("2001:db8::/32"));
    for (const char* text : {"", "192.0.2", "192.0.2.0/33", "name.example", "::/129"}) {
        CAPTURE(text);
        CHECK_FALSE(set.add(text));
    }
    for (const char* text : {"192.0.2.7", "198.51.100.127", "2001:db8:1::5", "::ffff:192.0.2.7"}) {
        CAPTURE(text);
        CHECK(set.contains(make_address(text)));
    }
    for (const char* text : {"192.0.2.8", "198.51.100.128", "2001:db9::1", "::1"}) {
        CAPTURE(text);
        CHECK_FALSE(set.contains(make_address(text)));
    }
}

TEST_CASE("one client has one name, whatever clothes its address wears", "[edge]")
{
    CHECK(plain(make_address("::ffff:192.0.2.7")).to_string() == "192.0.2.7");
    CHECK(plain(make_address("2001:db8::1")).to_string() == "2001:db8::1");
}

TEST_CASE("a crowd has so many places under a key, and places come free", "[edge]")
{
    Crowd crowd;
    auto first = crowd.enter("a", 2);
    auto second = crowd.enter("a", 2);
    CHECK(first);
    CHECK(second);
    CHECK_FALSE(crowd.enter("a", 2));
    CHECK(crowd.enter("b", 2));
    CHECK(crowd.size() == 2);
    first = Crowd::Place();
    CHECK(crowd.size() == 1);
    const auto moved = std::move(second);
    CHECK(crowd.enter("a", 2));
    CHECK(crowd.size() == 1);
}
