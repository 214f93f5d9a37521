#include "wire/saslauthd.hpp"

#include "pieces.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::test;
using namespace gatehouse::wire;

namespace
{
std::string counted(std::string_view text)
{
    return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xFF)} + std::string(text);
}

/// What testsaslauthd 2.1.28 writes for -u alice -p secret -s imap -r campus.example.
const std::string stock_request = std::string("\0\5alice\0\6secret\0\4imap\0\16campus.example", 37);

SaslauthdRequest taken_from(SaslauthdDecoder& decoder)
{
    SaslauthdRequest request = decoder.take();
    return request;
}
} // namespace

TEST_CASE("a saslauthd request of four strings is whole with its last byte, however it arrives", "[unit]")
{
    REQUIRE(stock_request == counted("alice") + counted("secret") + counted("imap") + counted("campus.example"));
    for (const auto& pieces : ways_to_arrive(stock_request)) {
        SaslauthdDecoder decoder;
        REQUIRE_FALSE(decoder.partial());
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const auto whole = decoder.feed(bytes_of(pieces[i]));
            REQUIRE(whole);
            REQUIRE(*whole == (i + 1 == pieces.size()));
            REQUIRE(decoder.partial() != *whole);
        }
        const SaslauthdRequest request = taken_from(decoder);
        REQUIRE(request.login == "alice");
        REQUIRE(request.password.view() == "secret");
        REQUIRE(request.service == "imap");
        REQUIRE(request.realm == "campus.example");
        REQUIRE(request.client_address.empty());
    }
}

TEST_CASE("the fifth string is taken when it came along and never waited for", "[unit]")
{
    const auto address_from = [](const std::string& tail) {
        SaslauthdDecoder decoder;
        REQUIRE(decoder.feed(bytes_of(stock_request + tail)).value());
        return decoder.take().client_address;
    };
    REQUIRE(address_from(counted("192.0.2.7;4711")) == "192.0.2.7");
    REQUIRE(address_from(counted("192.0.2.7")) == "192.0.2.7");
    REQUIRE(address_from(counted("2001:db8::7;4711")) == "2001:db8::7");
    REQUIRE(address_from(counted("192.0.2.7;4711") + "more than the protocol has") == "192.0.2.7");
    // Nothing that is cut off, no address, or too long for one.
    REQUIRE(address_from("").empty());
    REQUIRE(address_from(std::string("\0", 1)).empty());
    REQUIRE(address_from(counted("192.0.2.77;4711").substr(0, 11)).empty());
    REQUIRE(address_from(counted("")).empty());
    REQUIRE(address_from(counted("localhost;25")).empty());
    REQUIRE(address_from(counted(std::string("192.0.2.7\0.evil", 15))).empty());
    REQUIRE(address_from(counted(std::string(129, '1'))).empty());
    REQUIRE(address_from(std::string("\xFF\xFF", 2)).empty());

    // In pieces too: the request is whole before the fifth, and better with it.
    SaslauthdDecoder decoder;
    REQUIRE(decoder.feed(bytes_of(stock_request)).value());
    for (const char c : counted("192.0.2.7;4711"))
        REQUIRE(decoder.feed(bytes_of({&c, 1})).value());
    REQUIRE(decoder.take().client_address == "192.0.2.7");
}

TEST_CASE("empty strings and strings with NULs are reported as they came", "[unit]")
{
    SaslauthdDecoder decoder;
    REQUIRE(decoder.feed(bytes_of(std::string(8, '\0'))).value());
    SaslauthdRequest empty = decoder.take();
    REQUIRE((empty.login.empty() && empty.password.empty() && empty.service.empty() && empty.realm.empty()));

    SaslauthdDecoder other;
    const std::string login("ali\0ce", 6);
    const std::string password("\0\xFF\n", 3);
    REQUIRE(other.feed(bytes_of(counted(login) + counted(password) + counted("imap") + counted(""))).value());
    const SaslauthdRequest request = other.take();
    REQUIRE(request.login == login);
    REQUIRE(request.password.view() == password);
}

TEST_CASE("the longest strings of the protocol pass, and a limit below is held before the bytes arrive", "[unit]")
{
    const std::string longest(65'535, 'p');
    SaslauthdDecoder decoder;
    REQUIRE(decoder.feed(bytes_of(counted("alice") + counted(longest) + counted(longest) + counted(longest))).value());
    REQUIRE(decoder.take().password.view() == longest);

    SaslauthdDecoder narrow(256);
    REQUIRE_FALSE(narrow.feed(bytes_of(counted(std::string(256, 'u')))).value());
    REQUIRE_FALSE(narrow.feed(bytes_of("\1")).value());
    REQUIRE(narrow.feed(bytes_of("\1")).error() == WireError::too_long); // the length alone: 257
    REQUIRE(narrow.feed(bytes_of("x")).error() == WireError::too_long);
}

TEST_CASE("a password takes arena memory as it arrives, not as its length promises", "[unit]")
{
    const std::size_t before = SecretArena::process().used();
    SaslauthdDecoder decoder;
    REQUIRE_FALSE(decoder.feed(bytes_of(counted("alice") + "\xFF\xFFp")).value());
    REQUIRE(SecretArena::process().used() == before + 64);
    const FullArena full;
    REQUIRE(decoder.feed(bytes_of(std::string(64, 'p'))).error() == WireError::out_of_memory);
    REQUIRE(decoder.feed(bytes_of("p")).error() == WireError::out_of_memory);
}

TEST_CASE("saslauthd's answer is counted and fits what clients keep", "[unit]")
{
    REQUIRE(saslauthd_answer(true, "") == counted("OK"));
    REQUIRE(saslauthd_answer(false, "login failed") == counted("NO login failed"));
    REQUIRE(saslauthd_answer(false, std::string(5000, 'x')) == counted("NO " + std::string(1020, 'x')));
}

TEST_CASE("both sides of saslauthd's protocol understand each other", "[unit]")
{
    const Secret password = secret_of("p\xC3\xA4ss");
    const Secret encoded = encode_saslauthd_request("alice@campus.example", password, "smtp", "").value();
    SaslauthdDecoder decoder;
    REQUIRE(decoder.feed(encoded.bytes()).value());
    const SaslauthdRequest request = decoder.take();
    REQUIRE(request.login == "alice@campus.example");
    REQUIRE(request.password.equals(password));
    REQUIRE(request.service == "smtp");

    REQUIRE(encode_saslauthd_request(std::string(65'536, 'x'), password, "", "").error() == WireError::too_long);
    {
        const FullArena full;
        REQUIRE(encode_saslauthd_request("alice", password, "", "").error() == WireError::out_of_memory);
    }

    const SaslauthdAnswer ok = parse_saslauthd_answer(saslauthd_answer(true, "")).value();
    REQUIRE((ok.ok && ok.text.empty()));
    const SaslauthdAnswer no = parse_saslauthd_answer(saslauthd_answer(false, "login failed")).value();
    REQUIRE_FALSE(no.ok);
    REQUIRE(no.text == "login failed");
    for (const std::string& bad : {std::string(""), std::string("\0", 1), counted(""), counted("O"), counted("MAYBE"),
                                   counted("OK").substr(0, 3), std::string("\0\1OK", 4)})
        REQUIRE(parse_saslauthd_answer(bad).error() == WireError::malformed);
}
