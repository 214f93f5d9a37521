#include "identity/reason.hpp"
#include "identity/verdict.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace gatehouse;

namespace
{
std::vector<Reason> every_reason()
{
    std::vector<Reason> reasons;
    for (int i = 0; i <= static_cast<int>(Reason::internal); ++i)
        reasons.push_back(static_cast<Reason>(i));
    return reasons;
}
} // namespace

TEST_CASE("every reason has a word of its own that fits a log", "[unit]")
{
    std::set<std::string_view> words;
    for (const Reason reason : every_reason()) {
        const std::string_view word = name_of(reason);
        REQUIRE(words.insert(word).second);
        REQUIRE(std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }));
    }
    REQUIRE(name_of(Reason::wrong_password) == "wrong-password");
}

TEST_CASE("an outage is never a refusal, and a refusal never an outage", "[unit]")
{
    const std::set<Reason> outages = {Reason::directory_unavailable, Reason::deadline,       Reason::overloaded,
                                      Reason::audit_unwritable,      Reason::lockout_budget, Reason::network_slowed,
                                      Reason::store_unavailable,     Reason::internal};
    for (const Reason reason : every_reason()) {
        INFO(name_of(reason));
        REQUIRE(is_outage(reason) == outages.contains(reason));
        const Verdict verdict = reason == Reason::granted ? Verdict::granted({}) : Verdict::refused(reason);
        REQUIRE(verdict.granted() + verdict.denied() + verdict.unavailable() == 1);
        REQUIRE(verdict.granted() == (reason == Reason::granted));
        REQUIRE(verdict.unavailable() == is_outage(reason));
    }
}

TEST_CASE("only a right password learns why it is refused", "[unit]")
{
    for (const Reason reason : every_reason()) {
        INFO(name_of(reason));
        const std::string_view text = public_text(reason);
        REQUIRE_FALSE(text.empty());
        if (is_outage(reason))
            REQUIRE(text == "logins are temporarily unavailable");
        else if (!proves_password(reason) && reason != Reason::not_admitted && reason != Reason::no_account)
            REQUIRE(text == "login failed");
    }
    REQUIRE(public_text(Reason::unknown_person) == public_text(Reason::wrong_password));
    REQUIRE(public_text(Reason::account_locked) == public_text(Reason::wrong_password));
    REQUIRE_FALSE(proves_password(Reason::account_locked));
    REQUIRE_FALSE(proves_password(Reason::wrong_password));
    REQUIRE(proves_password(Reason::must_change_password));
}

TEST_CASE("a verdict keeps what it was made of", "[unit]")
{
    Person alice;
    alice.name = "alice";
    const WallTime until = WallTime{} + std::chrono::hours(1);
    const Verdict granted = Verdict::granted(alice, until);
    REQUIRE(granted.person()->name == "alice");
    REQUIRE(granted.valid_until() == until);
    const Verdict refused = Verdict::refused(Reason::not_admitted, "imap admits staff", alice);
    REQUIRE(refused.detail() == "imap admits staff");
    REQUIRE(refused.person()->name == "alice");
    REQUIRE_FALSE(refused.valid_until());
    REQUIRE_FALSE(Verdict::refused(Reason::deadline).person());
}
