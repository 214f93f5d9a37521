#include "gate/shield.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace gatehouse;
using namespace std::chrono_literals;
using gate::network_of;
using gate::Shield;
using Answer = gate::Shield::Answer;
using Outcome = gate::Shield::Outcome;

namespace
{
struct Fixture {
    Answer may_try(std::optional<LockoutCount> count, Deadline asked = Clock::now(),
                   const std::optional<Shield::Shared>& shared = {})
    {
        return shield.may_try(attempt, count, asked, rules, shared);
    }
    void end(Outcome outcome) { shield.ended(attempt, outcome, rules); }
    /// Tries wrong passwords until the shield says no, as a directory that counts would see it.
    int wrong_until_stopped(std::uint32_t used, std::uint32_t threshold)
    {
        for (int tried = 0;; ++tried) {
            if (may_try(count(used + static_cast<std::uint32_t>(tried), threshold)) != Answer::go)
                return tried;
            end(Outcome::wrong);
        }
    }
    static LockoutCount count(std::uint32_t used, std::uint32_t threshold)
    {
        return {.used = used, .policy = LockoutPolicy{.threshold = threshold}};
    }

    Shield shield;
    gate::ShieldRules rules{.lockout_floor = 5, .spray_people = 3, .spray_window = 10min};
    Shield::Attempt attempt{.realm = "CAMPUS",
                            .id = "id-1",
                            .name = "alice",
                            .network = "192.0.2.0/24",
                            .address = "192.0.2.7",
                            .service = "imap"};
};
} // namespace

TEST_CASE("an address belongs to a network", "[unit]")
{
    REQUIRE(network_of("192.0.2.77") == "192.0.2.0/24");
    REQUIRE(network_of("::ffff:192.0.2.77") == "192.0.2.0/24");
    REQUIRE(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    REQUIRE(network_of("localhost").empty());
    REQUIRE(network_of("").empty());
}

TEST_CASE_METHOD(Fixture, "wrong passwords stay below the threshold, with one attempt kept for the owner", "[unit]")
{
    REQUIRE(wrong_until_stopped(0, 5) == 3);
    attempt.known_network = true;
    REQUIRE(wrong_until_stopped(3, 5) == 1); // the fourth; the fifth would lock
}

TEST_CASE_METHOD(Fixture, "what Windows has used up counts", "[unit]")
{
    REQUIRE(wrong_until_stopped(3, 5) == 0);
    attempt.known_network = true;
    REQUIRE(wrong_until_stopped(3, 5) == 1);
    REQUIRE(wrong_until_stopped(4, 5) == 0);
}

TEST_CASE_METHOD(Fixture, "attempts under way count, until they end as right or as an outage", "[unit]")
{
    for (int i = 0; i < 3; ++i)
        REQUIRE(may_try(count(0, 5)) == Answer::go);
    REQUIRE(may_try(count(0, 5)) == Answer::budget);
    end(Outcome::undecided);
    REQUIRE(may_try(count(0, 5)) == Answer::go);
    end(Outcome::right);
    REQUIRE(may_try(count(0, 5)) == Answer::go);
}

TEST_CASE_METHOD(Fixture, "what was found wrong while the directory was asked for its count is added to it", "[unit]")
{
    const Deadline asked = Clock::now();
    for (int i = 0; i < 3; ++i) {
        REQUIRE(may_try(count(0, 5), asked) == Answer::go);
        end(Outcome::wrong);
    }
    REQUIRE(may_try(count(0, 5), asked) == Answer::budget);
    REQUIRE(may_try(count(0, 5), Clock::now()) == Answer::go); // asked since: an administrator has unlocked the account
}

TEST_CASE_METHOD(Fixture, "without a count of the directory our own must do, below the floor", "[unit]")
{
    int tried = 0;
    for (; may_try({}) == Answer::go; ++tried)
        end(Outcome::wrong);
    REQUIRE(tried == 3);
    REQUIRE(shield.totals().at_limit == 1);
    REQUIRE(shield.clear("CAMPUS", "id-1"));
    REQUIRE(may_try({}) == Answer::go);
    REQUIRE_FALSE(shield.clear("CAMPUS", "nobody"));
}

TEST_CASE_METHOD(Fixture, "what other nodes count holds here, too", "[unit]")
{
    REQUIRE(may_try({}, Clock::now(), Shield::Shared{.wrong = 2}) == Answer::go);
    end(Outcome::undecided);
    REQUIRE(may_try({}, Clock::now(), Shield::Shared{.wrong = 3}) == Answer::budget);
    REQUIRE(may_try({}, Clock::now(), Shield::Shared{.wrong = 1, .under_way = 2}) == Answer::budget);
    REQUIRE(may_try(count(1, 5), Clock::now(), Shield::Shared{.wrong = 3}) == Answer::budget); // the larger one
    REQUIRE(may_try(count(3, 5), Clock::now(), Shield::Shared{.wrong = 1}) == Answer::budget);
    REQUIRE(may_try(count(2, 5), Clock::now(), Shield::Shared{.wrong = 2}) == Answer::go); // and not both
    end(Outcome::wrong);
    REQUIRE(may_try(count(0, 0), Clock::now(), Shield::Shared{.wrong = 50}) == Answer::go);
}

TEST_CASE_METHOD(Fixture, "a node that hears of no other keeps to its share", "[unit]")
{
    const auto tries = [&](std::uint32_t share_of) {
        (void)shield.clear("CAMPUS", "id-1");
        std::uint32_t tried = 0;
        for (; tried < 20 &&
               may_try({}, Clock::now(), Shield::Shared{.wrong = tried, .share_of = share_of}) == Answer::go;
             ++tried)
            end(Outcome::wrong);
        return tried;
    };
    rules.lockout_floor = 10; // 8 attempts, and the reserved one
    CHECK(tries(1) == 8);
    CHECK(tries(2) == 4);
    CHECK(tries(3) == 2);
    CHECK(tries(100) == 1);
    CHECK(tries(0) == 1); // nobody knows how many they are
    REQUIRE(may_try({}, Clock::now(), Shield::Shared{.wrong = 1, .share_of = 0}) == Answer::share);
    REQUIRE(shield.totals().at_limit == 1);
}

TEST_CASE_METHOD(Fixture, "networks are forgotten when nothing of them counts", "[unit]")
{
    rules.spray_window = 1s;
    const auto tried_from = [&](std::string_view network) {
        attempt.network = network;
        REQUIRE(may_try(count(0, 0)) == Answer::go);
        end(Outcome::wrong);
    };
    tried_from("192.0.2.0/24");
    gate::ShieldRules longer = rules;
    longer.spray_window = 10min;
    attempt.network = "203.0.113.0/24";
    REQUIRE(shield.may_try(attempt, count(0, 0), Clock::now(), longer) == Answer::go);
    shield.ended(attempt, Outcome::wrong, longer); // of another realm
    CHECK(shield.totals().networks == 2);
    std::this_thread::sleep_for(2100ms);
    tried_from("198.51.100.0/24");
    CHECK(shield.totals().networks == 2);
}

TEST_CASE_METHOD(Fixture, "a directory that never locks, and one that locks at once", "[unit]")
{
    for (int i = 0; i < 100; ++i) {
        REQUIRE(may_try(count(50, 0)) == Answer::go);
        end(Outcome::wrong);
    }
    attempt.id = "id-2";
    REQUIRE(may_try(count(0, 1)) == Answer::go);
    REQUIRE(may_try(count(0, 1)) == Answer::budget); // the first is under way
}

TEST_CASE_METHOD(Fixture, "a network that guesses one person's password is slowed, its owner is not", "[unit]")
{
    const auto guess = [&] {
        (void)may_try(count(0, 0));
        end(Outcome::wrong);
    };
    REQUIRE(shield.delay(attempt) == 0ms);
    guess();
    guess();
    REQUIRE(shield.delay(attempt) == 0ms); // people mistype
    guess();
    REQUIRE(shield.delay(attempt) == 250ms);
    guess();
    REQUIRE(shield.delay(attempt) == 500ms);
    for (int i = 0; i < 20; ++i)
        guess();
    REQUIRE(shield.delay(attempt) == 4s);
    Shield::Attempt elsewhere = attempt;
    elsewhere.network = "198.51.100.0/24";
    REQUIRE(shield.delay(elsewhere) == 0ms);
    attempt.known_network = true;
    REQUIRE(shield.delay(attempt) == 0ms);
}

TEST_CASE_METHOD(Fixture, "a network that tries many people is refused, but not for those who got in before", "[unit]")
{
    for (int i = 0; i < 3; ++i) {
        const std::string id = "victim-" + std::to_string(i);
        attempt.id = id;
        REQUIRE(may_try(count(0, 0)) == Answer::go);
        end(Outcome::wrong);
    }
    attempt.id = "id-1";
    REQUIRE(shield.totals().networks_slowed == 0);
    REQUIRE(may_try(count(0, 0)) == Answer::slowed);
    REQUIRE(shield.totals().networks_slowed == 1);
    attempt.known_network = true;
    REQUIRE(may_try(count(0, 0)) == Answer::go);
}

TEST_CASE_METHOD(Fixture, "a campus behind one address where most get in is no sprayer", "[unit]")
{
    for (int i = 0; i < 20; ++i) {
        const std::string id = "person-" + std::to_string(i);
        attempt.id = id;
        REQUIRE(may_try(count(0, 0)) == Answer::go);
        end(i % 3 == 0 ? Outcome::wrong : Outcome::right);
    }
}

TEST_CASE_METHOD(Fixture, "the report names the client that repeats an old password", "[unit]")
{
    shield.repeated(attempt, Shield::Repeat::old_password);
    shield.repeated(attempt, Shield::Repeat::old_password);
    shield.repeated(attempt, Shield::Repeat::refused);
    const auto report = shield.report();
    REQUIRE(report.size() == 1);
    REQUIRE(report.at(0).at("name") == "alice");
    const auto& client = report.at(0).at("clients").at(0);
    REQUIRE(client.at("address") == "192.0.2.7");
    REQUIRE(client.at("service") == "imap");
    REQUIRE(client.at("old_password") == 2);
    REQUIRE(client.at("repeats") == 1);
    REQUIRE(client.at("since").to_number<std::int64_t>() > 1'700'000'000);
}
