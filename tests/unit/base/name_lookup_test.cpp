#include "base/name_lookup.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;

namespace
{
std::vector<std::string> hosts(const std::vector<ServiceRecord>& records)
{
    std::vector<std::string> names;
    for (const ServiceRecord& record : records)
        names.push_back(record.host);
    return names;
}

/// A DNS answer about _ldap._tcp.x with the given SRV data, compressed as name servers do.
std::vector<std::uint8_t> answer(const std::vector<std::vector<std::uint8_t>>& rdata)
{
    std::vector<std::uint8_t> message{0,   1,   0x81, 0x80, 0,   1,   0,   static_cast<std::uint8_t>(rdata.size()),
                                      0,   0,   0,    0,    5,   '_', 'l', 'd',
                                      'a', 'p', 4,    '_',  't', 'c', 'p', 1,
                                      'x', 0,   0,    33,   0,   1};
    for (const auto& data : rdata) {
        for (const std::uint8_t byte : {0xc0, 12, 0, 33, 0, 1, 0, 0, 1, 0x2c, 0, static_cast<int>(data.size())})
            message.push_back(byte);
        message.insert(message.end(), data.begin(), data.end());
    }
    return message;
}
} // namespace

TEST_CASE("SRV records are read from a DNS message", "[unit]")
{
    const auto found = parse_services(answer(
        {{0, 10, 0, 5, 1, 0x85, 3, 'd', 'c', '1', 0xc0, 23}, {0, 0, 0, 0, 2, 0x7c, 3, 'd', 'c', '2', 0xc0, 23}}));
    REQUIRE(found.lifetime == std::chrono::seconds(300));
    REQUIRE(found.records == std::vector<ServiceRecord>{{10, 5, 389, "dc1.x"}, {0, 0, 636, "dc2.x"}});
    REQUIRE(parse_services(answer({{0, 0, 0, 0, 0, 0, 0}})).records.empty()); // "." offers nothing
}

TEST_CASE("a DNS message that is cut anywhere is read without harm", "[unit]")
{
    const auto whole = answer({{0, 10, 0, 5, 1, 0x85, 3, 'd', 'c', '1', 0xc0, 23}});
    for (std::size_t size = 0; size < whole.size(); ++size)
        REQUIRE(parse_services({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).records.empty());
    REQUIRE(parse_services(answer({{0, 1}, {0, 1, 0, 1, 1, 0x85, 0xc0}})).records.empty());
}

TEST_CASE("servers are preferred by priority, then by a draw that weights decide", "[unit]")
{
    const std::vector<ServiceRecord> records{
        {10, 0, 1, "far"}, {0, 0, 1, "light"}, {0, 60, 1, "heavy"}, {0, 40, 1, "mid"}};
    auto order = [&](std::uint32_t drawn) {
        return hosts(in_order_of_preference(records, [drawn](std::uint32_t most) { return std::min(drawn, most); }));
    };
    REQUIRE(order(0).front() == "light"); // RFC 2782: a draw of 0 takes a weight of 0
    REQUIRE(order(0).back() == "far");
    REQUIRE(order(100).front() != "light");
    REQUIRE(order(100).back() == "far");
    std::vector<std::uint32_t> most_asked;
    in_order_of_preference(records, [&](std::uint32_t most) { return most_asked.push_back(most), most; });
    REQUIRE(most_asked.front() == 100);
    REQUIRE(in_order_of_preference({}).empty());
}

TEST_CASE("an address is its own address, and a wrong name server is an error that names it", "[unit]")
{
    REQUIRE(find_addresses("127.0.0.1", "")->front().to_string() == "127.0.0.1");
    REQUIRE(find_addresses("::1", "")->front().to_string() == "::1");
    const auto wrong = find_services("_ldap._tcp.x", "not an address");
    REQUIRE_FALSE(wrong);
    REQUIRE(wrong.error().text.find("not an address") != std::string::npos);
}
