#include "sasl/mechanism_table.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace gatehouse;

TEST_CASE("a mechanism is found by its name without case, if the listener allows it", "[unit]")
{
    const std::vector<std::string> both = {"PLAIN", "LOGIN"};
    const std::vector<std::string> one = {"login"};
    REQUIRE(sasl::find_mechanism("plain", both)->name == "PLAIN");
    REQUIRE(sasl::find_mechanism("Login", one)->name == "LOGIN");
    REQUIRE(sasl::find_mechanism("PLAIN", one) == nullptr);
    REQUIRE(sasl::find_mechanism("CRAM-MD5", std::vector<std::string>{"CRAM-MD5"}) == nullptr);
    REQUIRE(sasl::find_mechanism("", both) == nullptr);
    REQUIRE(sasl::find_mechanism("PLAIN", {}) == nullptr);
}

TEST_CASE("mechanisms are offered in the order of the table", "[unit]")
{
    const auto offered = sasl::offered_mechanisms(std::vector<std::string>{"LOGIN", "CRAM-MD5", "plain"});
    REQUIRE(offered.size() == 2);
    REQUIRE(offered[0]->name == "PLAIN");
    REQUIRE(offered[1]->name == "LOGIN");
    REQUIRE(sasl::first_unknown_mechanism(std::vector<std::string>{"LOGIN", "CRAM-MD5", "plain"}) == "CRAM-MD5");
    REQUIRE(sasl::first_unknown_mechanism(std::vector<std::string>{"LOGIN"}).empty());
}

TEST_CASE("every mechanism of the table begins and has a name that SASL allows", "[unit]")
{
    for (const Mechanism* mechanism : sasl::mechanisms()) {
        REQUIRE(mechanism->begin({}, {}) != nullptr);
        REQUIRE(mechanism->name.size() <= 20); // RFC 4422, section 3.1
        REQUIRE(std::ranges::all_of(mechanism->name, [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        }));
    }
}
