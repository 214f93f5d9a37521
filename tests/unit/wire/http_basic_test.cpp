#include "wire/http_basic.hpp"

#include "base/text.hpp"
#include "pieces.hpp"
#include "wire/limits.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::test;
using namespace gatehouse::wire;

namespace
{
std::string header(std::string_view pair)
{
    return "Basic " + text::base64(bytes_of(pair));
}

WireError error_of(std::string_view value)
{
    const auto basic = parse_http_basic(value);
    REQUIRE_FALSE(basic);
    return basic.error();
}
} // namespace

TEST_CASE("the example of RFC 7617 is understood, its scheme without case", "[unit]")
{
    for (const std::string_view scheme : {"Basic ", "basic ", "BASIC ", "Basic   "}) {
        const auto basic = parse_http_basic(std::string(scheme) + "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        REQUIRE(basic);
        REQUIRE(basic->login == "Aladdin");
        REQUIRE(basic->password.view() == "open sesame");
    }
    const auto utf8 = parse_http_basic("Basic dGVzdDoxMjPCow== ");
    REQUIRE(utf8->login == "test");
    REQUIRE(utf8->password.view() == "123\xC2\xA3");
}

TEST_CASE("the first colon separates, and both sides may be empty", "[unit]")
{
    const auto several = parse_http_basic(header("alice:a:b:"));
    REQUIRE(several->login == "alice");
    REQUIRE(several->password.view() == "a:b:");
    REQUIRE(parse_http_basic(header(":"))->login.empty());
    REQUIRE(parse_http_basic(header("alice:"))->password.empty());
    REQUIRE(parse_http_basic(header("CAMPUS\\alice:x"))->login == "CAMPUS\\alice");
}

TEST_CASE("what is not Basic's form is malformed", "[unit]")
{
    for (const std::string& bad :
         {std::string(""), std::string("Basic"), std::string("Basic "), std::string("BasicQWxhZGRpbjpvcGVu"),
          std::string("Bearer QWxhZGRpbjpvcGVu"), std::string("Basic\tQWxhZGRpbjpvcGVu"),
          std::string("Basic QWxhZGRpbjpvcGV"), std::string("Basic QWxh ZGRpbjpvcGVu"),
          std::string("Basic QWxhZGRpbjpvcGVu, Basic QWxhZGRpbjpvcGVu"), header("alice"), header("ali\nce:x"),
          header("alice:x\x7F"), header(std::string("alice:x\0y", 9))})
        REQUIRE(error_of(bad) == WireError::malformed);
}

TEST_CASE("the longest password passes in a header, one byte more does not", "[unit]")
{
    const std::string longest(max_password, 'p');
    REQUIRE(parse_http_basic(header(std::string(1024, 'u') + ':' + longest))->password.size() == max_password);
    REQUIRE(error_of(header("u:" + longest + "p")) == WireError::too_long);
    REQUIRE(error_of("Basic " + std::string(200'000, 'A')) == WireError::too_long);
}

TEST_CASE("both sides of Basic understand each other", "[unit]")
{
    const Secret password = secret_of("a:b \xFF");
    const Secret value = encode_http_basic("alice", password).value();
    const auto basic = parse_http_basic(value.view());
    REQUIRE(basic->login == "alice");
    REQUIRE(basic->password.equals(password));
    REQUIRE(encode_http_basic("al:ice", password).error() == WireError::malformed);

    const FullArena full;
    REQUIRE(encode_http_basic("alice", password).error() == WireError::out_of_memory);
    REQUIRE(error_of("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == WireError::out_of_memory);
}
