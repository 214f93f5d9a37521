#include "web/request_head.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::web;
using Shown = RequestHead::Shown;

namespace
{

std::string head(const std::string& headers, const std::string& first = "GET /auth HTTP/1.1")
{
    return first + "\r\nHost: web\r\n" + headers + "\r\n";
}

RequestHead parsed(const std::string& text)
{
    REQUIRE(head_length(text) == text.size());
    auto result = parse_request_head(text);
    REQUIRE(result);
    return std::move(*result);
}

} // namespace

TEST_CASE("a head's length is known once its empty line has come, not before", "[unit]")
{
    const std::string text = head("A: b\r\n");
    for (std::size_t i = 0; i < text.size(); ++i)
        REQUIRE_FALSE(head_length(text.substr(0, i)));
    REQUIRE(head_length(text + "GET / HTTP/1.1\r\n\r\n") == text.size());
}

TEST_CASE("a login is read from the Authorization header alone", "[unit]")
{
    auto got =
        parsed(head("authorization: Basic YWxpY2U6cGE6c3M=\r\nX-Real-IP: 192.0.2.7\r\n", "GET /auth?x=1 HTTP/1.1"));
    REQUIRE(got.path == "/auth");
    REQUIRE(got.is_get);
    REQUIRE(got.shown == Shown::password);
    REQUIRE(got.basic->login == "alice");
    REQUIRE(got.basic->password.view() == "pa:ss");
    REQUIRE(got.real_ip == "192.0.2.7");
    REQUIRE(got.keep_alive);
    REQUIRE_FALSE(got.has_body);

    REQUIRE(parsed(head("")).shown == Shown::nothing);
    for (const char* other : {"Bearer abc", "Basic", "Basic %%%", "Basic YWxpY2U=", ""})
        REQUIRE(parsed(head("Authorization: " + std::string(other) + "\r\n")).shown == Shown::unusable);
}

TEST_CASE("two of a header that decides are none", "[unit]")
{
    const std::string alice = "Authorization: Basic YWxpY2U6cGFzcw==\r\n";
    const auto got = parsed(head(alice + alice + "X-Real-IP: 192.0.2.7\r\nX-Real-IP: 192.0.2.8\r\n"));
    REQUIRE(got.shown == Shown::unusable);
    REQUIRE_FALSE(got.basic.has_value());
    REQUIRE(got.real_ip.empty());
}

TEST_CASE("a body is noticed in whatever way it is announced", "[unit]")
{
    REQUIRE(parsed(head("Content-Length: 1\r\n", "POST /auth HTTP/1.1")).has_body);
    REQUIRE(parsed(head("Content-Length: 99999999999\r\n", "POST /auth HTTP/1.1")).has_body);
    REQUIRE(parsed(head("Transfer-Encoding: chunked\r\n", "GET /auth HTTP/1.1")).has_body);
    REQUIRE_FALSE(parsed(head("Content-Length: 0\r\n", "POST /auth HTTP/1.1")).has_body);
}

TEST_CASE("connections are kept for HTTP/1.1 that does not decline", "[unit]")
{
    REQUIRE(parsed(head("")).keep_alive);
    REQUIRE_FALSE(parsed(head("Connection: close\r\n")).keep_alive);
    REQUIRE_FALSE(parsed(head("Connection: keep-alive\r\n", "GET /auth HTTP/1.0")).keep_alive);
}

TEST_CASE("what is no request is refused", "[unit]")
{
    for (const std::string& text :
         {std::string("\r\n\r\n"), std::string("EHLO x\r\n\r\n"), head("", "GET /auth HTTP/2.0"), head("no colon\r\n"),
          head(": empty\r\n"), head("Content-Length: 1\r\nContent-Length: 2\r\n"), head("Content-Length: x\r\n"),
          head("Authorization: Basic\r\n YWxpY2U6cGFzcw==\r\n"), head("A: b\r\n\tc\r\n"),
          head(std::string("A: \0\r\n", 6))}) {
        CAPTURE(text);
        REQUIRE_FALSE(parse_request_head(text));
    }
}

TEST_CASE("a full secret memory is told apart from a bad header", "[unit]")
{
    const std::string text = head("Authorization: Basic YWxpY2U6cGFzcw==\r\n");
    std::vector<std::span<std::uint8_t>> slots;
    for (auto slot = SecretArena::process().take(64); !slot.empty(); slot = SecretArena::process().take(64))
        slots.push_back(slot);
    const auto got = parse_request_head(text);
    for (const auto slot : slots)
        SecretArena::process().give_back(slot);
    REQUIRE(got.value().shown == Shown::no_memory);
}
