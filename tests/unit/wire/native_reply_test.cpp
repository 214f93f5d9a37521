#include "wire/native.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::wire;

namespace
{

Person alice()
{
    Person person;
    person.realm = "CAMPUS";
    person.name = "alice";
    person.id = "6d0c6b3e-1b0a-4b53-9d5e-0d5f0ad1f1aa";
    person.dn = "CN=Alice,DC=campus,DC=example";
    person.upn = "alice@campus.example";
    person.display_name = "Alice \"Ä\" Example";
    person.mailbox = "alice";
    person.addresses = {"alice@campus.example", "a.example@campus.example"};
    person.mail_host = "imap1.campus.example";
    person.groups = {{"staff", "CN=staff,DC=campus,DC=example", {}}, {"everybody", "", {"staff", "people"}}};
    person.known = Detail::groups;
    return person;
}

std::string without_end(std::string line)
{
    REQUIRE(line.ends_with('\n'));
    line.pop_back();
    REQUIRE_FALSE(line.contains('\n'));
    REQUIRE(line.size() <= max_native_line);
    return line;
}

NativeVerdict told(const Verdict& verdict, NativeDetail detail, const Trail& trail = {})
{
    auto reply = parse_native_reply(without_end(format_native_verdict(4, verdict, trail, detail)));
    REQUIRE(reply);
    REQUIRE(reply->id == 4);
    return std::get<NativeVerdict>(std::move(reply->body));
}

} // namespace

TEST_CASE("a granted verdict brings the person and the time", "[unit]")
{
    const WallTime until{std::chrono::seconds(1'900'000'000)};
    const Trail trail{.server = "dc1.campus.example", .steps = {}};
    const NativeVerdict verdict = told(Verdict::granted(alice(), until), NativeDetail::people, trail);
    REQUIRE(verdict.outcome == NativeVerdict::Outcome::granted);
    REQUIRE(verdict.person.has_value());
    REQUIRE(verdict.person->name == "alice");
    REQUIRE(verdict.person->realm == "CAMPUS");
    REQUIRE(verdict.person->mailbox == "alice");
    REQUIRE(verdict.person->id == alice().id);
    REQUIRE(verdict.person->upn == alice().upn);
    REQUIRE(verdict.person->display_name == alice().display_name);
    REQUIRE(verdict.person->addresses == alice().addresses);
    REQUIRE(verdict.person->mail_host == "imap1.campus.example");
    REQUIRE(verdict.person->groups.size() == 2);
    REQUIRE(verdict.person->groups[1].group == "everybody");
    REQUIRE(verdict.valid_until == until);
    REQUIRE(verdict.server.empty());
    REQUIRE(verdict.reason.empty());
}

TEST_CASE("a time beyond what can be held is the nearest end", "[unit]")
{
    const auto reply = parse_native_reply(
        R"({"id":7,"verdict":"granted","person":{"name":"alice","mailbox":"alice"},"valid_until":9223372036854775807})");
    REQUIRE(reply);
    REQUIRE(std::get<NativeVerdict>(reply->body).valid_until == WallTime::max());
}

TEST_CASE("groups that were not asked for are told apart from no groups", "[unit]")
{
    Person person = alice();
    person.groups.clear();
    REQUIRE(told(Verdict::granted(person), NativeDetail::people).person->known == Detail::groups);
    person.known = Detail::account;
    REQUIRE(told(Verdict::granted(person), NativeDetail::people).person->known == Detail::account);
}

TEST_CASE("only an administrator learns why, where and how", "[unit]")
{
    const Verdict verdict = Verdict::refused(Reason::wrong_password, "dc1 said 52e", alice());
    const Trail trail{.server = "dc1.campus.example", .keep_steps = true, .steps = {"asked dc1", "refused"}};

    const std::string people = format_native_verdict(4, verdict, trail, NativeDetail::people);
    for (const std::string_view hidden : {"wrong", "52e", "dc1", "asked", "alice"})
        REQUIRE_FALSE(people.contains(hidden));
    REQUIRE(told(verdict, NativeDetail::people).text == "login failed");

    const NativeVerdict full = told(verdict, NativeDetail::administrator, trail);
    REQUIRE(full.outcome == NativeVerdict::Outcome::denied);
    REQUIRE(full.reason == "wrong-password");
    REQUIRE(full.detail == "dc1 said 52e");
    REQUIRE(full.server == "dc1.campus.example");
    REQUIRE(full.steps == trail.steps);
    REQUIRE_FALSE(full.person.has_value());
}

TEST_CASE("people are told no more than the reason's public text tells", "[unit]")
{
    const std::string unknown =
        format_native_verdict(4, Verdict::refused(Reason::unknown_person), {}, NativeDetail::people);
    for (const Reason reason :
         {Reason::wrong_password, Reason::empty_password, Reason::malformed_name, Reason::ambiguous_name,
          Reason::unknown_realm, Reason::account_locked, Reason::account_restriction, Reason::service_not_allowed,
          Reason::peer_not_allowed, Reason::too_long})
        REQUIRE(format_native_verdict(4, Verdict::refused(reason), {}, NativeDetail::people) == unknown);
    for (const Reason reason :
         {Reason::account_disabled, Reason::account_expired, Reason::password_expired, Reason::must_change_password,
          Reason::logon_hours, Reason::workstation, Reason::not_admitted}) {
        const NativeVerdict verdict = told(Verdict::refused(reason), NativeDetail::people);
        REQUIRE(verdict.outcome == NativeVerdict::Outcome::denied);
        REQUIRE(verdict.password_right);
        REQUIRE(verdict.told == name_of(reason));
    }
}

TEST_CASE("an outage is unavailable for every reason and never says that a password was right", "[unit]")
{
    for (const Reason reason : {Reason::directory_unavailable, Reason::deadline, Reason::overloaded,
                                Reason::audit_unwritable, Reason::internal}) {
        const NativeVerdict verdict = told(Verdict::refused(reason), NativeDetail::people);
        REQUIRE(verdict.outcome == NativeVerdict::Outcome::unavailable);
        REQUIRE_FALSE(verdict.password_right);
        REQUIRE(verdict.text == "logins are temporarily unavailable");
    }
}

TEST_CASE("a name that is not UTF-8 is never mended into somebody else's", "[unit]")
{
    Person person = alice();
    person.mailbox = "al\xffice";
    REQUIRE(told(Verdict::granted(person), NativeDetail::people).outcome == NativeVerdict::Outcome::unavailable);
    person = alice();
    person.groups[0].group = "st\xe4"
                             "ff";
    REQUIRE(told(Verdict::granted(person), NativeDetail::people).outcome == NativeVerdict::Outcome::unavailable);
    const Verdict refused = Verdict::refused(Reason::wrong_password, "T\xe4ter");
    REQUIRE(told(refused, NativeDetail::administrator).detail == "T?ter"); // a message may be mended
}

TEST_CASE("a verdict that no line can hold loses its steps first and is unavailable at last", "[unit]")
{
    Trail trail{.server = {}, .keep_steps = true, .steps = {}};
    trail.steps.assign(100, std::string(4096, 's'));
    const NativeVerdict shorter = told(Verdict::granted(alice()), NativeDetail::administrator, trail);
    REQUIRE(shorter.outcome == NativeVerdict::Outcome::granted);
    REQUIRE(shorter.steps.empty());

    Person person = alice();
    person.groups.assign(30'000, {"a-group-name", {}, {}});
    REQUIRE(told(Verdict::granted(person), NativeDetail::people).outcome == NativeVerdict::Outcome::unavailable);
}

TEST_CASE("challenges, results and errors come back as they were", "[unit]")
{
    const std::string bytes("User Name\0\xff", 11);
    auto reply = parse_native_reply(without_end(format_native_challenge(1, bytes))).value();
    REQUIRE(std::get<NativeChallenge>(reply.body).challenge == bytes);
    REQUIRE(std::get<NativeChallenge>(parse_native_reply(without_end(format_native_challenge(1, ""))).value().body)
                .challenge.empty());

    reply = parse_native_reply(without_end(format_native_result(2, {{"uptime_s", 7}}))).value();
    REQUIRE(std::get<NativeResult>(reply.body).result.at("uptime_s").as_int64() == 7);
    const boost::json::string huge(300 * 1024, 'x');
    reply = parse_native_reply(without_end(format_native_result(2, {{"x", huge}}))).value();
    REQUIRE(std::holds_alternative<NativeRefusal>(reply.body));

    reply = parse_native_reply(without_end(format_native_error(3, "no such \xff operation"))).value();
    REQUIRE(reply.id == 3);
    REQUIRE(std::get<NativeRefusal>(reply.body).text == "no such ? operation");
    reply = parse_native_reply(without_end(format_native_error({}, "not JSON"))).value();
    REQUIRE_FALSE(reply.id.has_value());
}

TEST_CASE("a greeting tells its version, and another version is told apart from noise", "[unit]")
{
    const auto greeting = parse_native_greeting(without_end(format_native_greeting()));
    REQUIRE(greeting.value().version == 1);
    REQUIRE(greeting->server.starts_with("gatehouse-authd/"));
    REQUIRE(parse_native_greeting(R"({"gatehouse":2,"server":"x"})").error() == WireError::wrong_version);
    for (const std::string_view noise : {"", "{}", "VERSION\t1\t2", R"({"gatehouse":"1"})", "[1]"})
        REQUIRE(parse_native_greeting(noise).error() == WireError::malformed);
}

TEST_CASE("a reply that is not sound grants nothing", "[unit]")
{
    for (const std::string_view line : {
             R"({"id":1})",
             R"({"verdict":"granted","person":{"name":"alice"}})",
             R"({"id":null,"verdict":"granted","person":{"name":"alice"}})",
             R"({"id":1,"verdict":"granted"})",
             R"({"id":1,"verdict":"granted","person":{}})",
             R"({"id":1,"verdict":"granted","person":{"name":""}})",
             R"({"id":1,"verdict":"granted","person":{"name":7}})",
             R"({"id":1,"verdict":"granted","person":{"name":"alice","groups":[7]}})",
             R"({"id":1,"verdict":"granted","person":"alice"})",
             R"({"id":1,"verdict":"GRANTED","person":{"name":"alice"}})",
             R"({"id":1,"verdict":true,"person":{"name":"alice"}})",
             R"({"id":1,"verdict":"denied","text":7})",
             R"({"id":1,"challenge":"%"})",
             R"({"id":1,"verdict":"denied"} )"
             "x",
         }) {
        CAPTURE(line);
        REQUIRE(parse_native_reply(line).error() == WireError::malformed);
    }
}

TEST_CASE("a person in full shows how each group was inherited and the account's state", "[unit]")
{
    Person person = alice();
    person.state.locked = true;
    person.state.expires = WallTime{std::chrono::seconds(1'900'000'000)};
    person.state.logon_hours = LogonHours{0xff, 0x01};
    person.posix = PosixAccount{1000, 100, "/home/alice"};
    const boost::json::object full = native_person_in_full(person);
    REQUIRE(full.at("dn").as_string() == "CN=Alice,DC=campus,DC=example");
    REQUIRE(full.at("known").as_string() == "groups");
    REQUIRE(full.at("posix").at("uid").as_uint64() == 1000);
    REQUIRE(full.at("state").at("locked").as_bool());
    REQUIRE(full.at("state").at("expires").as_int64() == 1'900'000'000);
    REQUIRE_FALSE(full.at("state").as_object().contains("password_expires"));
    REQUIRE(full.at("state").at("logon_hours").as_string().starts_with("ff0100"));
    const auto& memberships = full.at("memberships").as_array();
    REQUIRE(memberships.at(0).at("via").as_array().empty());
    REQUIRE(memberships.at(1).at("via") == boost::json::array({"staff", "people"}));
}

TEST_CASE("what a granted exchange must still send comes back, and a refusal has none", "[unit]")
{
    Person person{.realm = "CAMPUS", .name = "alice", .mailbox = "alice"};
    const std::string last("\x00token\xff", 7);
    const auto reply = wire::parse_native_reply(
        wire::format_native_verdict(7, Verdict::granted(person), {}, wire::NativeDetail::people, last));
    REQUIRE(reply);
    REQUIRE(std::get<wire::NativeVerdict>(reply->body).last == last);
    const std::string refusal =
        wire::format_native_verdict(7, Verdict::refused(Reason::wrong_password), {}, wire::NativeDetail::people, last);
    REQUIRE(refusal.find("last") == std::string::npos);
    REQUIRE_FALSE(wire::parse_native_reply(
        R"({"id":7,"verdict":"granted","person":{"name":"alice","mailbox":"alice"},"last":"not base64!"})"));
}

TEST_CASE("a grant is told with a granted verdict alone", "[unit]")
{
    const auto grant_of = [](const Verdict& verdict) {
        const auto reply =
            parse_native_reply(without_end(format_native_verdict(4, verdict, {}, NativeDetail::people, {}, "g-_1")));
        return std::get<NativeVerdict>(reply.value().body).grant;
    };
    REQUIRE(grant_of(Verdict::granted(alice())) == "g-_1");
    REQUIRE(grant_of(Verdict::refused(Reason::wrong_password)).empty());
    REQUIRE(told(Verdict::granted(alice()), NativeDetail::people).grant.empty());
}
