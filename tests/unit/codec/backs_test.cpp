#include "codec/imap_back.hpp"
#include "codec/pop3_back.hpp"
#include "codec/sieve_back.hpp"
#include "codec/smtp_back.hpp"
#include "transcript.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::codec;
using namespace gatehouse::codec::test;

namespace
{

StoreWish wish(bool starttls = false)
{
    return {.user = "alice",
            .password = secret("ghs1.x"),
            .address = "192.0.2.1",
            .port = 4711,
            .helo = "pc.test",
            .starttls = starttls};
}

} // namespace

TEST_CASE("IMAP store: ID and AUTHENTICATE in one turn where it can", "[codec]")
{
    ImapBack back(wish());
    CHECK(
        say(back, "* OK [CAPABILITY IMAP4rev1 ID SASL-IR AUTH=PLAIN] hello\r\n") ==
        "C: I ID (\"name\" \"gatehouse-mailgate\" \"x-originating-ip\" \"192.0.2.1\" \"x-originating-port\" \"4711\")\n"
        "L AUTHENTICATE PLAIN AGFsaWNlAGdoczEueA==\n");
    CHECK(say(back, "* ID NIL\r\nI OK\r\n").empty());
    CHECK(say(back, "L OK [CAPABILITY IMAP4rev1 IDLE] welcome\r\n* 5 EXISTS\r\n") == "done IMAP4rev1 IDLE\n");
    CHECK(back.rest() == "* 5 EXISTS\r\n");
}

TEST_CASE("IMAP store: asks for what it is not told, and waits for a continuation without SASL-IR", "[codec]")
{
    ImapBack back(wish());
    CHECK(say(back, "* OK hello\r\n") == "C: C CAPABILITY\n");
    CHECK(say(back, "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nC OK\r\n") == "C: L AUTHENTICATE PLAIN\n");
    CHECK(say(back, "+ \r\n") == "C: AGFsaWNlAGdoczEueA==\n");
    CHECK(say(back, "L OK in\r\n") == "C: C CAPABILITY\n");
    CHECK(say(back, "* CAPABILITY IMAP4rev1 IDLE\r\nC OK\r\n") == "done IMAP4rev1 IDLE\n");
}

TEST_CASE("IMAP store: LOGIN without AUTH=PLAIN, quoted", "[codec]")
{
    StoreWish with = wish();
    with.password = secret("a\"b\\");
    ImapBack back(std::move(with));
    CHECK(say(back, "* OK [CAPABILITY IMAP4rev1] hello\r\n") == "C: L LOGIN \"alice\" \"a\\\"b\\\\\"\n");
    CHECK(say(back, "L NO wrong\r\n") == "refused: wrong\n");
}

TEST_CASE("IMAP store: TLS when it is wanted, or no login", "[codec]")
{
    ImapBack back(wish(true));
    CHECK(say(back, "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n") == "C: T STARTTLS\n");
    CHECK(say(back, "T OK go\r\n") == "tls\n");
    back.secured();
    CHECK(say(back, "") == "C: C CAPABILITY\n");
    CHECK(say(back, "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nC OK\r\n") ==
          "C: L AUTHENTICATE PLAIN AGFsaWNlAGdoczEueA==\n");

    ImapBack without(wish(true));
    CHECK(say(without, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n") == "failed: it does not offer STARTTLS\n");
    ImapBack injected(wish(true));
    (void)say(injected, "* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n");
    CHECK(say(injected, "T OK go\r\n* CAPABILITY X\r\n") ==
          "failed: it has sent more in clear text before TLS began\n");
    ImapBack disabled(wish());
    CHECK(say(disabled, "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hello\r\n")
              .starts_with("failed: it takes no password"));
}

TEST_CASE("IMAP store: what is no store, and one that ends", "[codec]")
{
    ImapBack banner(wish());
    CHECK(say(banner, "220 smtp\r\n") == "failed: it greets with: 220 smtp\n");
    ImapBack preauth(wish());
    CHECK(say(preauth, "* PREAUTH hello\r\n").starts_with("failed: it greets with"));
    ImapBack bye(wish());
    (void)say(bye, "* OK [CAPABILITY IMAP4rev1] hello\r\n");
    CHECK(say(bye, "* BYE full\r\n") == "failed: it says BYE: full\n");
    ImapBack endless(wish());
    CHECK(say(endless, std::string(20'000, 'x')) == "failed: it sends more than the protocol allows here\n");
    ImapBack chatty(wish());
    (void)say(chatty, "* OK [CAPABILITY IMAP4rev1] hello\r\n");
    std::string lines;
    for (int i = 0; i < 300 && lines.empty(); ++i)
        lines = say(chatty, "* OK still here\r\n");
    CHECK(lines == "failed: it sends more than the protocol allows here\n");
}

TEST_CASE("a proxy account acts for the person", "[codec]")
{
    StoreWish with = wish();
    with.user = "proxy";
    with.act_for = "alice";
    ImapBack back(std::move(with));
    CHECK(say(back, "* OK [CAPABILITY SASL-IR AUTH=PLAIN] hello\r\n") ==
          "C: L AUTHENTICATE PLAIN YWxpY2UAcHJveHkAZ2hzMS54\n");
}

TEST_CASE("POP3 store: AUTH PLAIN, or USER and PASS", "[codec]")
{
    Pop3Back back(wish());
    CHECK(say(back, "+OK hello <1@x>\r\n") == "C: CAPA\n");
    CHECK(say(back, "+OK list\r\nTOP\r\nSASL PLAIN LOGIN\r\n.\r\n") == "C: AUTH PLAIN\n");
    CHECK(say(back, "+ \r\n") == "C: AGFsaWNlAGdoczEueA==\n");
    CHECK(say(back, "+OK maildrop\r\n") == "done +OK maildrop\n");

    StoreWish in_utf8 = wish();
    in_utf8.utf8 = true;
    Pop3Back utf8(std::move(in_utf8));
    (void)say(utf8, "+OK hello\r\n");
    CHECK(say(utf8, "+OK\r\nUTF8\r\nSASL PLAIN\r\n.\r\n") == "C: UTF8\n");
    CHECK(say(utf8, "+OK\r\n") == "C: AUTH PLAIN\n");

    Pop3Back old(wish());
    (void)say(old, "+OK hello\r\n");
    CHECK(say(old, "-ERR what\r\n") == "C: USER alice\n");
    CHECK(say(old, "+OK\r\n") == "C: PASS ghs1.x\n");
    CHECK(say(old, "-ERR [AUTH] no\r\n") == "refused: -ERR [AUTH] no\n");
}

TEST_CASE("submission: XCLIENT tells whom and whose address", "[codec]")
{
    StoreWish with = wish();
    with.user = "alice+b=c";
    with.address = "2001:db8::1";
    SmtpBack back(std::move(with));
    CHECK(say(back, "220 postfix\r\n") == "C: EHLO pc.test\n");
    CHECK(
        say(back,
            "250-postfix\r\n250-SIZE 1000\r\n250 XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR\r\n") ==
        "C: XCLIENT LOGIN=alice+2Bb+3Dc ADDR=IPV6:2001:db8::1 PORT=4711 NAME=[UNAVAILABLE]\n");
    CHECK(say(back, "220 postfix\r\n") == "C: EHLO pc.test\n");
    CHECK(say(back, "250-postfix\r\n250 SIZE 1000\r\n") == "done \n");

    SmtpBack open(wish());
    (void)say(open, "220 x\r\n");
    (void)say(open, "250-x\r\n250 XCLIENT ADDR LOGIN\r\n");
    (void)say(open, "220 x\r\n");
    CHECK(say(open, "250-x\r\n250 XCLIENT ADDR LOGIN\r\n") == // from this address the client could say it, too
          "C: XCLIENT LOGIN=alice ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]\n");
    (void)say(open, "220 x\r\n");
    CHECK(
        say(open, "250-x\r\n250 XCLIENT ADDR LOGIN\r\n").starts_with("failed: it would take XCLIENT from the client"));

    SmtpBack closed(wish());
    (void)say(closed, "220 x\r\n");
    CHECK(say(closed, "250 x\r\n").starts_with("failed: it takes no XCLIENT with LOGIN"));
    SmtpBack busy(wish());
    CHECK(say(busy, "421 4.7.0 busy\r\n") == "failed: it greets with: 421 4.7.0 busy\n");
}

TEST_CASE("ManageSieve store: PLAIN", "[codec]")
{
    SieveBack back(wish());
    CHECK(say(back, "\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"PLAIN LOGIN\"\r\n\"SIEVE\" \"fileinto\"\r\nOK\r\n") ==
          "C: AUTHENTICATE \"PLAIN\" \"AGFsaWNlAGdoczEueA==\"\n");
    CHECK(say(back, "NO \"no\"\r\n") == "refused: NO \"no\"\n");
    SieveBack none(wish());
    CHECK(say(none, "\"SASL\" \"\"\r\nOK\r\n").starts_with("failed: it takes no password"));
}

TEST_CASE("a store's control characters go nowhere", "[codec]")
{
    ImapBack imap(wish());
    CHECK(say(imap, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] \x1b[2J\r\n") == "failed: it sends control characters\n");
    Pop3Back pop3(wish());
    CHECK(say(pop3, "+OK a\r+OK b\r\n") == "failed: it sends control characters\n");
    SmtpBack smtp(wish());
    CHECK(say(smtp, "220\tx\r\n").starts_with("failed: it sends no reply"));
}
