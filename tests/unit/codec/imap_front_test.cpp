#include "codec/imap_front.hpp"
#include "transcript.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::codec;
using namespace gatehouse::codec::test;

namespace
{

struct Imap {
    explicit Imap(bool secure = true, FrontSettings with = {}) : settings(std::move(with))
    {
        settings.host = "mail.test";
        settings.mechanisms = {"PLAIN", "LOGIN", "SCRAM-SHA-256-PLUS", "EXTERNAL"};
        settings.starttls = true;
        if (secure)
            front.secured({.secure = true});
        front.greet();
        greeting = actions_of(front);
    }
    FrontSettings settings;
    ImapFront front{settings};
    std::string greeting;
};

} // namespace

TEST_CASE("IMAP: the greeting offers what may be used on this channel", "[codec]")
{
    CHECK(Imap(false).greeting ==
          "S: * OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID STARTTLS LOGINDISABLED] mail.test ready\n");
    CHECK(Imap(true).greeting ==
          "S: * OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID AUTH=PLAIN AUTH=LOGIN] mail.test ready\n");
    Imap imap;
    imap.front.secured({.secure = true, .bindings = true, .certificate = true});
    CHECK(say(imap.front, "a CAPABILITY\r\n") ==
          "S: * CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID AUTH=PLAIN AUTH=LOGIN AUTH=SCRAM-SHA-256-PLUS AUTH=EXTERNAL\n"
          "S: a OK done\n");
}

TEST_CASE("IMAP: LOGIN takes atoms, quoted strings and literals of both kinds, cut anywhere", "[codec]")
{
    const std::size_t piece = GENERATE(0, 1, 2, 3, 7);
    Imap imap;
    CHECK(say(imap.front, "a1 LOGIN alice secret\r\n", piece) == "password alice / secret\n");
    imap.front.refuse(Refusal::failed, "login failed");
    CHECK(actions_of(imap.front) == "S: a1 NO [AUTHENTICATIONFAILED] login failed\n");
    CHECK(say(imap.front, "a2 login \"al\\\"ice\" \"a \\\\ b\"\r\n", piece) == "password al\"ice / a \\ b\n");
    imap.front.refuse(Refusal::unavailable, "later");
    CHECK(actions_of(imap.front) == "S: a2 NO [UNAVAILABLE] later\n");
    CHECK(say(imap.front, "a3 LOGIN {5+}\r\nalice {10+}\r\nse\r\ncret x\r\n", piece) == "password alice / se\ncret x\n"
                                                                                        "");
    imap.front.refuse(Refusal::expired, "over");
    CHECK(actions_of(imap.front) == "S: a3 NO [EXPIRED] over\n");
    CHECK(say(imap.front, "a4 LOGIN {5}\r\nalice {2}\r\nxy\r\n", piece) ==
          "S: + go ahead\nS: + go ahead\npassword alice / xy\n");
}

TEST_CASE("IMAP: what is no LOGIN is answered and not asked", "[codec]")
{
    Imap imap;
    CHECK(say(imap.front, "a LOGIN alice\r\n") == "S: a BAD expected LOGIN with a name and a password\n");
    CHECK(say(imap.front, "a LOGIN alice pass word\r\n") == "S: a BAD expected LOGIN with a name and a password\n");
    CHECK(say(imap.front, "a LOGIN alice \"open\r\n") == "S: a BAD expected LOGIN with a name and a password\n");
    CHECK(say(imap.front, std::string_view("a LOGIN {3+}\r\na\0b {1+}\r\nc\r\n", 27)) ==
          "S: a BAD expected LOGIN with a name and a password\n");
    CHECK(say(imap.front, "a SELECT INBOX\r\n") == "S: a BAD not a command before login, or it takes no arguments\n");
    CHECK(say(imap.front, "a FETCH\r\n") == "S: a BAD not a command before login\n");
    CHECK(say(imap.front, "\r\n") == "S: * BAD expected a tag and a command\n");
    CHECK(say(imap.front, "+ LOGIN a b\r\n") == "S: * BAD expected a tag and a command\n");
}

TEST_CASE("IMAP: no password is taken before TLS", "[codec]")
{
    Imap imap(false);
    CHECK(say(imap.front, "a LOGIN alice secret\r\n") == "S: a NO [PRIVACYREQUIRED] begin TLS first\n");
    CHECK(say(imap.front, "a AUTHENTICATE PLAIN AGEAYg==\r\n") == "S: a NO [PRIVACYREQUIRED] begin TLS first\n");
}

TEST_CASE("IMAP: STARTTLS forgets what came before, and what came with it ends the connection", "[codec]")
{
    Imap imap(false);
    CHECK(say(imap.front, "a STARTTLS\r\n") == "S: a OK begin TLS\ntls\n");
    imap.front.secured({.secure = true});
    CHECK(actions_of(imap.front).empty());
    CHECK(say(imap.front, "b STARTTLS\r\n") == "S: b BAD TLS runs already\n");

    Imap injected(false);
    CHECK(say(injected.front, "a STARTTLS\r\nb LOGIN mallory x\r\n") == "close\n");
    Imap half(false);
    CHECK(say(half.front, "a STARTTLS\r\nb") == "close\n");
}

TEST_CASE("IMAP: AUTHENTICATE with and without initial response", "[codec]")
{
    Imap imap;
    CHECK(say(imap.front, "a AUTHENTICATE plain AGEAYg==\r\n") == "begin PLAIN ~a~b\n");
    imap.front.refuse(Refusal::failed, "no");
    CHECK(actions_of(imap.front) == "S: a NO [AUTHENTICATIONFAILED] no\n");
    CHECK(say(imap.front, "b AUTHENTICATE LOGIN\r\n") == "begin LOGIN -\n");
    imap.front.challenge("User Name");
    CHECK(actions_of(imap.front) == "S: + VXNlciBOYW1l\n");
    CHECK(say(imap.front, "YWxpY2U=\r\n") == "step alice\n");
    imap.front.challenge("");
    CHECK(actions_of(imap.front) == "S: + \n");
    CHECK(say(imap.front, "*\r\n") == "cancel\nS: b BAD the login was given up\n");
    CHECK(say(imap.front, "c AUTHENTICATE PLAIN =\r\n") == "begin PLAIN \n");
    imap.front.challenge("x");
    (void)actions_of(imap.front);
    CHECK(say(imap.front, "no base64!\r\n") == "S: c BAD expected base64\ncancel\n");
    CHECK(say(imap.front, "d AUTHENTICATE PLAIN !\r\n") == "S: d BAD expected base64\n");
    CHECK(say(imap.front, "e AUTHENTICATE GSSAPI\r\n") == "S: e NO [CANNOT] this mechanism is not offered\n");
    CHECK(say(imap.front, "f AUTHENTICATE EXTERNAL =\r\n") == "S: f NO [CANNOT] this mechanism is not offered\n");
    CHECK(say(imap.front, "g AUTHENTICATE PLAIN a b\r\n") ==
          "S: g BAD expected AUTHENTICATE with a mechanism and one initial response\n");
}

TEST_CASE("IMAP: commands behind a login wait for it, and are the store's once it is granted", "[codec]")
{
    Imap imap;
    CHECK(say(imap.front, "a LOGIN alice x\r\nb SELECT INBOX\r\nc NO") == "password alice / x\n");
    CHECK(imap.front.welcome("IMAP4rev1 IDLE") == "a OK [CAPABILITY IMAP4rev1 IDLE] logged in\r\n");
    CHECK(imap.front.rest().view() == "b SELECT INBOX\r\nc NO");

    Imap refused;
    CHECK(say(refused.front, "a LOGIN alice x\r\nb SELECT INBOX\r\n") == "password alice / x\n");
    refused.front.refuse(Refusal::failed, "no");
    CHECK(actions_of(refused.front) == "S: a NO [AUTHENTICATIONFAILED] no\n"
                                       "S: b BAD not a command before login, or it takes no arguments\n");
}

TEST_CASE("IMAP: limits end the connection, or the command", "[codec]")
{
    Imap imap(true, {.max_literal = 10, .max_commands = 3, .max_failures = 2});
    CHECK(say(imap.front, "a LOGIN {11}\r\n") == "S: a BAD [TOOBIG] the literal is too large\n");
    CHECK(say(imap.front, "b NOOP\r\n") == "S: b OK done\n");
    SECTION("a literal that comes unasked")
    {
        CHECK(say(imap.front, "c LOGIN {11+}\r\n") == "S: * BYE the command is too long\nclose\n");
    }
    SECTION("commands")
    {
        CHECK(say(imap.front, "c NOOP\r\nd NOOP\r\ne NOOP\r\n") ==
              "S: c OK done\nS: d OK done\nS: * BYE too many connections or attempts\nclose\n");
    }
    SECTION("failures; an outage is none")
    {
        Imap guessing(true, {.max_failures = 2});
        for (const Refusal why : {Refusal::unavailable, Refusal::failed, Refusal::unavailable}) {
            (void)say(guessing.front, "c LOGIN a b\r\n");
            guessing.front.refuse(why, "no");
            CHECK_FALSE(actions_of(guessing.front).contains("BYE"));
        }
        (void)say(guessing.front, "d LOGIN a b\r\n");
        guessing.front.refuse(Refusal::failed, "no");
        CHECK(actions_of(guessing.front) ==
              "S: d NO [AUTHENTICATIONFAILED] no\nS: * BYE too many connections or attempts\nclose\n");
    }
    SECTION("a line without an end")
    {
        Imap endless(true, {.max_response = 100});
        CHECK(say(endless.front, std::string(101, 'x'), 10).ends_with("S: * BYE the command is too long\nclose\n"));
    }
    SECTION("a client that does not wait for answers")
    {
        Imap flood(true, {.max_response = 100});
        (void)say(flood.front, "a LOGIN a b\r\n");
        std::string lines;
        for (int i = 0; i < 20 && lines.empty(); ++i)
            lines = say(flood.front, std::string(4096, 'x'));
        CHECK(lines == "refused\n");
    }
}

TEST_CASE("IMAP: LOGOUT and ID", "[codec]")
{
    Imap imap;
    CHECK(say(imap.front, "a ID (\"name\" \"x\")\r\n") == "S: * ID (\"name\" \"Gatehouse\")\nS: a OK done\n");
    CHECK(say(imap.front, "b LOGOUT\r\nc NOOP\r\n") == "S: * BYE logging out\nS: b OK done\nclose\n");
}
