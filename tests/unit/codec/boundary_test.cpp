#include "codec/boundary.hpp"
#include "transcript.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse::codec;
using namespace gatehouse::codec::test;

TEST_CASE("IMAP: between responses, never inside of a line or a literal", "[codec]")
{
    ImapBoundary boundary;
    const auto store = [&](std::string_view text) {
        for (const char& c : text)
            boundary.store_sent(bytes_of(std::string_view(&c, 1)));
        return boundary.between_responses();
    };
    CHECK(boundary.between_responses());
    CHECK(store("* OK hello\r\n"));
    CHECK_FALSE(store("* 1 FETCH (BODY[] {12}\r\n"));
    CHECK_FALSE(store("Subject: x\r\n")); // the literal's end, not the response's
    CHECK(store(" FLAGS ())\r\n"));
    CHECK_FALSE(store("* 2 EXI"));
    CHECK(store("STS\r\n"));
    CHECK_FALSE(store("* LIST () \"/\" {3}\r\nabc"));
    CHECK(store("\r\n"));
    CHECK_FALSE(store("* 3 FETCH (BINARY[1] ~{3}\r\n")); // RFC 3516: may hold NUL
    CHECK_FALSE(store("a\r\n"));
    CHECK(store(")\r\n"));
}

TEST_CASE("IMAP: nothing is known once COMPRESS was asked for", "[codec]")
{
    ImapBoundary boundary;
    boundary.client_sent(bytes_of("a1 APPEND INBOX {20+}\r\nx COMPRESS DEFLATE\r\n\r\nb2 NOOP\r\n"));
    CHECK(boundary.between_responses()); // it stood in a message
    const std::string tag(GENERATE(2, 64), 't');
    boundary.client_sent(bytes_of(tag + " comp"));
    boundary.client_sent(bytes_of("ress DEFLATE\r\n"));
    CHECK_FALSE(boundary.between_responses());
}

TEST_CASE("SMTP: not inside of a reply of several lines", "[codec]")
{
    SmtpBoundary boundary;
    boundary.store_sent(bytes_of("250-one\r\n"));
    CHECK_FALSE(boundary.between_responses());
    boundary.store_sent(bytes_of("250 two\r"));
    CHECK_FALSE(boundary.between_responses());
    boundary.store_sent(bytes_of("\n"));
    CHECK(boundary.between_responses());
}
