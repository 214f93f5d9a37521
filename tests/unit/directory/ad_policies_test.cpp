#include "directory/ad_policies.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
Entry domain(const std::string& threshold, const std::string& window, const std::string& duration)
{
    return {"DC=campus,DC=example",
            {{"lockoutThreshold", {threshold}},
             {"lockOutObservationWindow", {window}},
             {"lockoutDuration", {duration}},
             {"maxPwdAge", {"-36288000000000"}}}};
}

Entry pso(const std::string& dn, std::vector<Attribute> attributes)
{
    return {dn, std::move(attributes)};
}
} // namespace

TEST_CASE("a domain's lockout policy is read, in negative steps of 100 ns", "[unit]")
{
    REQUIRE(domain_lockout(domain("5", "-18000000000", "-36000000000")) ==
            LockoutPolicy{.threshold = 5, .window = 30min, .duration = 1h});
    REQUIRE(domain_lockout(domain("0", "-18000000000", "-18000000000"))->threshold == 0);
    SECTION("a lock without an end")
    {
        for (const std::string for_ever : {"0", "-9223372036854775808"})
            REQUIRE_FALSE(domain_lockout(domain("5", "-18000000000", for_ever))->duration);
    }
    SECTION("half a second is a second: never too short")
    {
        REQUIRE(domain_lockout(domain("5", "-5000000", "-5000000"))->duration == 1s);
    }
    SECTION("what cannot be read is no policy")
    {
        REQUIRE_FALSE(domain_lockout(Entry{}));
        REQUIRE_FALSE(domain_lockout(domain("five", "-18000000000", "-18000000000")));
        Entry without_window = domain("5", "", "-18000000000");
        std::erase_if(without_window.attributes, [](const Attribute& one) { return one.values.front().empty(); });
        REQUIRE_FALSE(domain_lockout(without_window));
    }
}

TEST_CASE("of fine-grained policies those count that can be read, and all are noticed", "[unit]")
{
    const std::vector<Attribute> readable{{"msDS-LockoutThreshold", {"3"}},
                                          {"msDS-LockoutObservationWindow", {"-600000000"}},
                                          {"msDS-LockoutDuration", {"-600000000"}},
                                          {"uSNChanged", {"4711"}}};
    const Entry head = domain("5", "-18000000000", "-18000000000");
    const AdPolicies known = ad_policies(head, {pso("CN=Strict,DC=campus", readable), pso("CN=Hidden,DC=campus", {})});
    REQUIRE(known.lockout_of("")->threshold == 5);
    REQUIRE(known.lockout_of("cn=strict,DC=campus")->threshold == 3);
    REQUIRE_FALSE(known.lockout_of("CN=Hidden,DC=campus"));
    REQUIRE(known == ad_policies(head, {pso("CN=Strict,DC=campus", readable), pso("CN=Hidden,DC=campus", {})}));
    REQUIRE_FALSE(known == ad_policies(head, {pso("CN=Strict,DC=campus", readable)}));
}

TEST_CASE("wrong passwords count until the window has passed", "[unit]")
{
    const WallTime last(1672531200s);
    const Entry person{"CN=x", {{"badPwdCount", {"4"}}, {"badPasswordTime", {"133170048000000000"}}}};
    REQUIRE(wrong_passwords(person, 30min, last + 29min) == 4);
    REQUIRE(wrong_passwords(person, 30min, last + 30min) == 0);
    REQUIRE(wrong_passwords(Entry{"CN=x", {{"badPwdCount", {"4"}}, {"badPasswordTime", {"0"}}}}, 30min, last) == 0);
    REQUIRE(wrong_passwords(Entry{}, 30min, last) == 0);
}
