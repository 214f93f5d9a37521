// Requests that ask about people or for the store, and what is answered to them.
#include "wire/native.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::wire;

namespace json = boost::json;

namespace
{

Secret secret(std::string_view text)
{
    Secret out;
    REQUIRE(out.append(text));
    return out;
}

/// Written by a client, read by authd.
template <class Request>
Request sent(Request request)
{
    Secret line = format_native_request(std::move(request)).value();
    REQUIRE(line.view().ends_with('\n'));
    line.truncate(line.size() - 1);
    auto parsed = parse_native_request(std::move(line));
    REQUIRE(parsed);
    return std::get<Request>(std::move(*parsed));
}

NativeFault fault_of(std::string_view line)
{
    const auto parsed = parse_native_request(secret(line));
    REQUIRE_FALSE(parsed);
    return parsed.error();
}

/// What authd's line for a result holds when it arrives.
json::value told(const json::object& result)
{
    std::string line = format_native_result(6, result);
    line.pop_back();
    return std::get<NativeResult>(parse_native_reply(line).value().body).result;
}

Person alice()
{
    Person person;
    person.realm = "CAMPUS";
    person.name = "alice";
    person.id = "6d0c6b3e-1b0a-4b53-9d5e-0d5f0ad1f1aa";
    person.dn = "CN=Alice,DC=campus,DC=example";
    person.upn = "alice@campus.example";
    person.display_name = "Älice";
    person.mailbox = "alice2";
    person.addresses = {"alice@campus.example"};
    person.mail_host = "imap1.campus.example";
    person.state = {.disabled = true,
                    .locked = true,
                    .must_change_password = true,
                    .locked_until = WallTime{std::chrono::seconds(1'900'000'000)},
                    .expires = WallTime{std::chrono::seconds(1'900'000'001)},
                    .password_expires = WallTime{std::chrono::seconds(1'900'000'002)},
                    .logon_hours = LogonHours{0xff, 0x01, 0xa0},
                    .workstations_restricted = true};
    person.posix = PosixAccount{4294967295, 100, "/home/alice"};
    person.groups = {{"staff", "CN=staff,DC=campus,DC=example", {}}, {"everybody", "", {"staff", "people"}}};
    person.known = Detail::groups;
    return person;
}

void require_alice(const Person& got)
{
    const Person expected = alice();
    REQUIRE(got.realm == expected.realm);
    REQUIRE(got.name == expected.name);
    REQUIRE(got.id == expected.id);
    REQUIRE(got.dn == expected.dn);
    REQUIRE(got.upn == expected.upn);
    REQUIRE(got.display_name == expected.display_name);
    REQUIRE(got.mailbox == expected.mailbox);
    REQUIRE(got.addresses == expected.addresses);
    REQUIRE(got.mail_host == expected.mail_host);
    REQUIRE(got.state == expected.state);
    REQUIRE(got.posix == expected.posix);
    REQUIRE(got.groups == expected.groups);
    REQUIRE(got.known == expected.known);
}

} // namespace

TEST_CASE("find and watch mean the same on both sides", "[unit]")
{
    for (const std::string login : {"CAMPUS\\alice", "älice@campus.example", "a\x01\xff", ""}) {
        const auto find = sent(NativeFind{.id = 3, .login = login, .realm = "CAMPUS"});
        REQUIRE(find.id == 3);
        REQUIRE(find.login == login);
        REQUIRE(find.realm == "CAMPUS");
    }
    REQUIRE(sent(NativeFind{.id = 3, .login = "alice"}).realm.empty());
    const auto watch = sent(NativeWatch{.id = 4, .realm = "CAMPUS"});
    REQUIRE(watch.id == 4);
    REQUIRE(watch.realm == "CAMPUS");
}

TEST_CASE("admit means the same on both sides", "[unit]")
{
    const auto admit = sent(NativeAdmit{.id = 5,
                                        .service = "web",
                                        .mechanism = "webauthn",
                                        .login = "al\xffice",
                                        .realm = "CAMPUS",
                                        .client = "2001:db8::1"});
    REQUIRE(admit.id == 5);
    REQUIRE(admit.service == "web");
    REQUIRE(admit.mechanism == "webauthn");
    REQUIRE(admit.login == "al\xffice");
    REQUIRE(admit.realm == "CAMPUS");
    REQUIRE(admit.client == "2001:db8::1");
}

TEST_CASE("count and keep mean the same on both sides, and asking is told from forgetting", "[unit]")
{
    const auto count = sent(NativeCount{.id = 6, .key = "sent/älice", .window_s = 3600, .n = 4294967295});
    REQUIRE(count.id == 6);
    REQUIRE(count.key == "sent/älice");
    REQUIRE(count.window_s == 3600);
    REQUIRE(count.n == 4294967295);

    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    const auto keep = sent(NativeKeep{.id = 7, .key = "k", .bytes = secret(all)});
    REQUIRE(keep.id == 7);
    REQUIRE(keep.key == "k");
    REQUIRE(keep.bytes.value().view() == all);
    REQUIRE(sent(NativeKeep{.id = 7, .key = "k", .bytes = Secret{}}).bytes.value().view().empty());
    REQUIRE_FALSE(sent(NativeKeep{.id = 7, .key = "k"}).bytes.has_value());
}

TEST_CASE("what a count leaves out is a minute and only asked", "[unit]")
{
    const auto parsed = parse_native_request(secret(R"({"id":1,"op":"count","key":"k"})"));
    REQUIRE(std::get<NativeCount>(parsed.value()).window_s == 60);
    REQUIRE(std::get<NativeCount>(parsed.value()).n == 0);
}

TEST_CASE("members of these requests are held to their types and limits", "[unit]")
{
    const std::string long_key(1025, 'k');
    const std::vector<std::string> lines{
        R"({"id":1,"op":"find"})",
        R"({"id":1,"op":"find","login":7})",
        R"({"id":1,"op":"find","login":"a","realm":["CAMPUS"]})",
        R"({"id":1,"op":"find","login":"a","realm":"C\nD"})",
        R"({"id":1,"op":"watch"})",
        R"({"id":1,"op":"watch","realm":""})",
        R"({"id":1,"op":"admit","mechanism":"m","login":"a"})",
        R"({"id":1,"op":"admit","service":"web","login":"a"})",
        R"({"id":1,"op":"admit","service":"web","mechanism":"m"})",
        R"({"id":1,"op":"count"})",
        R"({"id":1,"op":"count","key":""})",
        R"({"id":1,"op":"count","key":")" + long_key + R"("})",
        R"({"id":1,"op":"count","key":"k","n":-1})",
        R"({"id":1,"op":"count","key":"k","n":1.5})",
        R"({"id":1,"op":"count","key":"k","n":"1"})",
        R"({"id":1,"op":"count","key":"k","n":4294967296})",
        R"({"id":1,"op":"count","key":"k","window_s":31622401})", // a second more than a leap year
        R"({"id":1,"op":"mint","service":"imap","store":"s"})",
        R"({"id":1,"op":"mint","grant":"g","store":"s"})",
        R"({"id":1,"op":"mint","grant":"g","service":"imap"})",
        R"({"id":1,"op":"mint","grant":"g","service":"imap","store":""})",
        R"({"id":1,"op":"keep"})",
        R"({"id":1,"op":"keep","key":"k","bytes":"YQ"})",
        R"({"id":1,"op":"keep","key":"k","bytes":null})",
    };
    for (const std::string& line : lines) {
        CAPTURE(line);
        const NativeFault fault = fault_of(line);
        REQUIRE(fault.id == 1);
        REQUIRE(fault.error == WireError::malformed);
    }
    REQUIRE(parse_native_request(secret(R"({"id":1,"op":"count","key":"k","window_s":31622400})")));
    REQUIRE(format_native_request(NativeCount{.id = 1, .key = "\xff"}).error() == WireError::malformed);
}

TEST_CASE("a person in full comes back as they were", "[unit]")
{
    const auto found = parse_native_found(told({{"person", native_person_in_full(alice())}, {"reason", "granted"}}));
    REQUIRE(found);
    REQUIRE(found->reason == "granted");
    require_alice(found->person.value());

    Person bob;
    bob.name = "bob";
    const auto little = parse_native_found(told({{"person", native_person_in_full(bob)}, {"reason", "granted"}}));
    REQUIRE(little.value().person.value().state == AccountState{});
    REQUIRE_FALSE(little->person->posix.has_value());
    REQUIRE(little->person->known == Detail::account);
}

TEST_CASE("who is not found is told with the reason", "[unit]")
{
    const auto found = parse_native_found(told({{"person", nullptr}, {"reason", "ambiguous-name"}}));
    REQUIRE(found);
    REQUIRE_FALSE(found->person.has_value());
    REQUIRE(found->reason == "ambiguous-name");
}

TEST_CASE("each kind of a watch's news is told from the others", "[unit]")
{
    const auto news = [](const json::object& result) { return parse_native_news(told(result)).value().what; };
    REQUIRE(std::holds_alternative<NativeNews::Begin>(news({{"begin", true}})));
    REQUIRE(std::holds_alternative<NativeNews::Complete>(news({{"complete", true}})));
    REQUIRE(std::get<NativeNews::Live>(news({{"live", true}})).live);
    REQUIRE_FALSE(std::get<NativeNews::Live>(news({{"live", false}})).live);
    REQUIRE(std::get<NativeNews::Gone>(news({{"gone", "6d0c"}})).id == "6d0c");
    require_alice(std::get<Person>(news({{"person", native_person_in_full(alice())}})));
}

TEST_CASE("counts and kept bytes come back, and nothing is told from no bytes", "[unit]")
{
    REQUIRE(parse_native_count(told({{"count", 18446744073709551615U}})) == 18446744073709551615U);
    REQUIRE(parse_native_kept(told({{"bytes", "AP8="}})).value() == std::string("\0\xff", 2));
    REQUIRE(parse_native_kept(told({{"bytes", ""}})).value() == "");
    REQUIRE_FALSE(parse_native_kept(told({{"bytes", nullptr}})).value().has_value());
}

TEST_CASE("a result that is not sound is nobody, no news and no number", "[unit]")
{
    for (const std::string_view text : {
             R"({})",
             R"([])",
             R"(7)",
             R"({"person":{}})",
             R"({"person":{"name":""}})",
             R"({"person":"alice"})",
             R"({"person":{"name":"a","state":[]}})",
             R"({"person":{"name":"a","state":{"disabled":"no"}}})",
             R"({"person":{"name":"a","state":{"expires":"never"}}})",
             R"({"person":{"name":"a","state":{"logon_hours":"ff"}}})",
             R"({"person":{"name":"a","state":{"logon_hours":"gg0000000000000000000000000000000000000000"}}})",
             R"({"person":{"name":"a","posix":{"uid":1}}})",
             R"({"person":{"name":"a","posix":{"uid":4294967296,"gid":1}}})",
             R"({"person":{"name":"a","posix":{"uid":-1,"gid":1}}})",
             R"({"person":{"name":"a","memberships":["g"]}})",
             R"({"person":{"name":"a","memberships":[{"group":7}]}})",
             R"({"person":{"name":"a","memberships":[{"group":"g","via":"h"}]}})",
             R"({"begin":false})",
             R"({"gone":7})",
             R"({"live":1})",
             R"({"complete":"yes"})",
             R"({"count":-1})",
             R"({"count":1.5})",
             R"({"count":"1"})",
             R"({"bytes":"%"})",
             R"({"bytes":7})",
         }) {
        CAPTURE(text);
        const json::value result = json::parse(text);
        REQUIRE(parse_native_found(result).error() == WireError::malformed);
        REQUIRE(parse_native_news(result).error() == WireError::malformed);
        REQUIRE(parse_native_count(result).error() == WireError::malformed);
        REQUIRE(parse_native_kept(result).error() == WireError::malformed);
    }
    REQUIRE(parse_native_found(json::parse(R"({"person":null,"reason":7})")).error() == WireError::malformed);
}

TEST_CASE("mint means the same on both sides", "[unit]")
{
    const auto mint = sent(NativeMint{.id = 8, .grant = "g-_1", .service = "imap", .store = "imap1.campus.example"});
    REQUIRE(mint.id == 8);
    REQUIRE(mint.grant == "g-_1");
    REQUIRE(mint.service == "imap");
    REQUIRE(mint.store == "imap1.campus.example");
    REQUIRE(parse_native_minted(told({{"secret", "ghs1.x"}})).value().view() == "ghs1.x");
    for (const json::object& other : {json::object{}, json::object{{"secret", ""}}, json::object{{"secret", 1}}})
        REQUIRE(parse_native_minted(told(other)).error() == WireError::malformed);
    REQUIRE(parse_native_minted(json::value("ghs1.x")).error() == WireError::malformed);
}
