#include "kerberos/kdc_lookup.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse::kerberos;

TEST_CASE("a KDC is named by host or address, with or without a port")
{
    CHECK(parse_kdc("dc1.campus.example").value() == KdcName{"dc1.campus.example", 88});
    CHECK(parse_kdc("dc1.campus.example:1088").value() == KdcName{"dc1.campus.example", 1088});
    CHECK(parse_kdc("192.0.2.1:750").value() == KdcName{"192.0.2.1", 750});
    CHECK(parse_kdc("2001:db8::1").value() == KdcName{"2001:db8::1", 88});
    CHECK(parse_kdc("[2001:db8::1]").value() == KdcName{"2001:db8::1", 88});
    CHECK(parse_kdc("[2001:db8::1]:750").value() == KdcName{"2001:db8::1", 750});
    CHECK(KdcName{"2001:db8::1", 750}.text() == "[2001:db8::1]:750");
    CHECK(KdcName{"dc1", 88}.text() == "dc1");
}

TEST_CASE("what is no KDC's name is refused, and the sentence says what was expected")
{
    for (const char* const text : {"", ":88", "dc1:", "dc1:0", "dc1:65536", "dc1:http", "dc1:88x", "dc1 dc2", "[::1",
                                   "2001:db8:::1", "krb5://dc1"}) {
        INFO(text);
        const auto parsed = parse_kdc(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().text.find("[address]:port") != std::string::npos);
    }
}

TEST_CASE("addresses are taken as they are, in the order of the list")
{
    const auto kdcs = find_kdcs({{"192.0.2.7", 88}, {"::1", 750}}, "CAMPUS.EXAMPLE");
    REQUIRE(kdcs);
    REQUIRE(kdcs->size() == 2);
    CHECK(kdcs->at(0).name == "192.0.2.7");
    CHECK(kdcs->at(0).endpoint.port() == 88);
    CHECK(kdcs->at(1).name == "[::1]:750");
    CHECK(kdcs->at(1).endpoint.address().is_v6());
}
