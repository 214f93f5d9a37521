// Sessions that programs hold, and what administrators ask about them.
#include "wire/native.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::wire;

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
Request sent(const Request& request)
{
    Secret line = format_native_request(request).value();
    line.truncate(line.size() - 1);
    auto parsed = parse_native_request(std::move(line));
    REQUIRE(parsed);
    return std::get<Request>(std::move(*parsed));
}

} // namespace

TEST_CASE("a held session means the same on both sides", "[unit]")
{
    const auto hold = sent(NativeHold{.id = 12,
                                      .realm = "CAMPUS",
                                      .person = "6d0c6b3e-1b0a-4b53-9d5e-0d5f0ad1f1aa",
                                      .name = "älice",
                                      .service = "imap",
                                      .client = "2001:db8::1",
                                      .store = "imap1",
                                      .since = 18446744073709551615U});
    CHECK(hold.id == 12);
    CHECK(hold.realm == "CAMPUS");
    CHECK(hold.person == "6d0c6b3e-1b0a-4b53-9d5e-0d5f0ad1f1aa");
    CHECK(hold.name == "älice");
    CHECK(hold.service == "imap");
    CHECK(hold.client == "2001:db8::1");
    CHECK(hold.store == "imap1");
    CHECK(hold.since == 18446744073709551615U);
    const auto least = sent(NativeHold{.id = 1, .realm = "R", .name = "a", .service = "s"});
    CHECK(least.person.empty());
    CHECK(least.client.empty());
    CHECK(least.store.empty());
    CHECK(least.since == 0);
}

TEST_CASE("what administrators ask about sessions means the same on both sides", "[unit]")
{
    using Operation = NativeControl::Operation;
    for (const std::string login : {"", "CAMPUS\\alice", "a\xff"}) {
        const auto sessions = sent(NativeControl{3, Operation::sessions, login, 4711});
        CHECK(sessions.operation == Operation::sessions);
        CHECK(sessions.login == login);
        CHECK(sessions.after == 4711);
        const auto kick = sent(NativeControl{4, Operation::kick, login, 0});
        CHECK(kick.operation == Operation::kick);
        CHECK(kick.login == login);
    }
}

TEST_CASE("members of a held session are held to their types and limits", "[unit]")
{
    const std::vector<std::string> lines{
        R"({"id":1,"op":"session","name":"a","service":"s"})",
        R"({"id":1,"op":"session","realm":"","name":"a","service":"s"})",
        R"({"id":1,"op":"session","realm":"R","service":"s"})",
        R"({"id":1,"op":"session","realm":"R","name":"a"})",
        R"({"id":1,"op":"session","realm":"R","name":"a\nb","service":"s"})",
        R"({"id":1,"op":"session","realm":"R","name":")" + std::string(1025, 'a') + R"(","service":"s"})",
        R"({"id":1,"op":"session","realm":"R","name":"a","service":"s","person":7})",
        R"({"id":1,"op":"session","realm":"R","name":"a","service":"s","since":-1})",
        R"({"id":1,"op":"session","realm":"R","name":"a","service":"s","since":1.5})",
        R"({"id":1,"op":"session","realm":"R","name":"a","service":"s","since":"1"})",
        R"({"id":1,"op":"sessions"})",
        R"({"id":1,"op":"sessions","login":"","after":-1})",
        R"({"id":1,"op":"kick"})",
    };
    for (const std::string& line : lines) {
        CAPTURE(line);
        const auto parsed = parse_native_request(secret(line));
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().id == 1);
        CHECK(parsed.error().error == WireError::malformed);
    }
}

TEST_CASE("the end of a session comes back, and nothing else is one", "[unit]")
{
    const auto end =
        parse_native_end(boost::json::object{{"end", "account-disabled"}, {"text", "this account is disabled"}});
    REQUIRE(end);
    CHECK(end->reason == "account-disabled");
    CHECK(end->text == "this account is disabled");
    CHECK(parse_native_end(boost::json::object{{"end", "kicked"}}).value().text.empty());
    CHECK_FALSE(parse_native_end(boost::json::object{{"text", "t"}}));
    CHECK_FALSE(parse_native_end(boost::json::object{{"end", ""}}));
    CHECK_FALSE(parse_native_end(boost::json::object{{"end", true}}));
    CHECK_FALSE(parse_native_end(boost::json::object{{"end", "kicked"}, {"text", 1}}));
    CHECK_FALSE(parse_native_end(nullptr));
}

TEST_CASE("sessions come back in parts, and what is no list is none", "[unit]")
{
    const auto some =
        parse_native_sessions(boost::json::object{{"sessions", {boost::json::object{{"name", "a"}}}}, {"next", 4711}});
    REQUIRE(some);
    CHECK(some->sessions.size() == 1);
    CHECK(some->next == 4711);
    CHECK(parse_native_sessions(boost::json::object{{"sessions", boost::json::array{}}}).value().next == 0);
    CHECK_FALSE(parse_native_sessions(boost::json::object{{"next", 1}}));
    CHECK_FALSE(parse_native_sessions(boost::json::object{{"sessions", 1}}));
    CHECK_FALSE(parse_native_sessions(boost::json::object{{"sessions", boost::json::array{}}, {"next", "1"}}));
    CHECK_FALSE(parse_native_sessions(boost::json::array{}));
}
