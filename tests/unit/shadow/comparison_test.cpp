#include "shadow/comparison.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::shadow;
namespace json = boost::json;

namespace
{
/// What `explain` tells of alice.
Result<json::value> explained(std::string_view standing = "granted")
{
    return json::value{{"realm", "CAMPUS"},
                       {"person", {{"id", "4711"}, {"name", "alice"}}},
                       {"standing", standing},
                       {"services",
                        {{{"service", "ftp"}, {"admitted", false}, {"reason", "not-admitted"}},
                         {{"service", "imap"}, {"admitted", true}, {"reason", "granted"}}}}};
}

Result<client::Answer> answer(client::Answer::Outcome outcome, std::string reason, bool password_right = false,
                              std::string server = {})
{
    client::Answer told;
    told.outcome = outcome;
    told.reason = std::move(reason);
    told.password_right = password_right;
    told.server = std::move(server);
    return told;
}
constexpr auto granted = client::Answer::Outcome::granted;
constexpr auto denied = client::Answer::Outcome::denied;
constexpr auto away = client::Answer::Outcome::unavailable;
} // namespace

TEST_CASE("a person who may log in is admitted to services that admit them, and to those without a rule", "[unit]")
{
    for (const char* const service : {"imap", "smtp", ""}) {
        const Standing standing = standing_of(explained(), service);
        CHECK(standing.kind == Standing::Kind::admits);
        CHECK(standing.realm == "CAMPUS");
        CHECK(standing.id == "4711");
    }
}

TEST_CASE("what refuses whatever the password is told with its reason", "[unit]")
{
    Standing standing = standing_of(explained(), "ftp");
    CHECK(standing.kind == Standing::Kind::refuses);
    CHECK(standing.reason == "not-admitted");

    standing = standing_of(explained("account-locked"), "imap");
    CHECK(standing.kind == Standing::Kind::refuses);
    CHECK(standing.reason == "account-locked");

    standing = standing_of(invalid("ambiguous-name: two people"), "imap");
    CHECK(standing.kind == Standing::Kind::refuses);
    CHECK(standing.reason == "ambiguous-name");
}

TEST_CASE("an outage, and a listener that may not explain, refuse nobody", "[unit]")
{
    for (const auto& told :
         {Result<json::value>(unavailable("authd cannot be reached")),
          Result<json::value>(invalid("directory-unavailable: dc1: timed out")),
          Result<json::value>(invalid("overloaded")),
          Result<json::value>(invalid("this listener does not take such requests (may_control)")),
          Result<json::value>(json::value{{"standing", "granted"}}), Result<json::value>(json::value{1})}) {
        const Standing standing = standing_of(told, "imap");
        CHECK(standing.kind == Standing::Kind::unavailable);
        CHECK_FALSE(standing.reason.empty());
        for (const Old old : {Old::ok, Old::no})
            CHECK(without_password(old, standing)->outcome == Outcome::unavailable);
    }
}

TEST_CASE("the password is needed only where the old one accepted it and ours might", "[unit]")
{
    const Standing admits{.kind = Standing::Kind::admits};
    const Standing refuses{.kind = Standing::Kind::refuses, .reason = "account-locked"};
    CHECK_FALSE(without_password(Old::ok, admits));
    CHECK(without_password(Old::no, admits)->outcome == Outcome::not_compared);
    CHECK(without_password(Old::no, refuses)->outcome == Outcome::same);
    const auto differs = without_password(Old::ok, refuses);
    REQUIRE(differs);
    CHECK(differs->outcome == Outcome::differs);
    CHECK(differs->reason == "account-locked");
}

TEST_CASE("what authd says to a password that the old one accepted", "[unit]")
{
    CHECK(with_password(answer(granted, "granted")).outcome == Outcome::same);
    CHECK(with_password(answer(denied, "wrong-password")).outcome == Outcome::differs);
    CHECK(with_password(answer(away, "lockout-budget")).outcome == Outcome::unavailable);
    CHECK(with_password(unavailable("authd closed the connection")).reason == "authd closed the connection");
}

TEST_CASE("a password may be tried again only where it counted against nobody", "[unit]")
{
    CHECK(may_repeat(answer(granted, "granted", false, "ldap1")));
    CHECK(may_repeat(answer(denied, "not-admitted", true)));
    CHECK_FALSE(may_repeat(answer(denied, "wrong-password", false, "ldap1")));
    CHECK_FALSE(may_repeat(answer(denied, "account-locked")));
    CHECK(may_repeat(answer(away, "lockout-budget")));
    CHECK_FALSE(may_repeat(answer(away, "directory-unavailable", false, "ldap1")));
    CHECK_FALSE(may_repeat(unavailable("authd closed the connection")));
}
