#include "codec/pop3_front.hpp"
#include "codec/sieve_front.hpp"
#include "codec/smtp_front.hpp"
#include "transcript.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::codec;
using namespace gatehouse::codec::test;

namespace
{

template <class Protocol>
struct Speaking {
    explicit Speaking(bool secure = true, BackendLines backend = {}) : front(settings, std::move(backend))
    {
        if (secure)
            front.secured({.secure = true});
        front.greet();
        greeting = actions_of(front);
    }
    FrontSettings settings{.host = "mail.test", .mechanisms = {"PLAIN", "LOGIN"}, .starttls = true};
    Protocol front;
    std::string greeting;
};

} // namespace

TEST_CASE("POP3: USER and PASS, with spaces in the password", "[codec]")
{
    const std::size_t piece = GENERATE(0, 1, 3);
    Speaking<Pop3Front> pop;
    CHECK(pop.greeting == "S: +OK mail.test ready\n");
    CHECK(say(pop.front, "PASS x\r\n", piece) == "S: -ERR expected USER first\n");
    CHECK(say(pop.front, "USER alice\r\nPASS a b \r\n", piece) == "S: +OK\npassword alice / a b \n");
    pop.front.refuse(Refusal::failed, "login failed");
    CHECK(actions_of(pop.front) == "S: -ERR [AUTH] login failed\n");
    CHECK(say(pop.front, "user alice\npass x\n", piece) == "S: +OK\npassword alice / x\n");
    pop.front.refuse(Refusal::unavailable, "later");
    CHECK(actions_of(pop.front) == "S: -ERR [SYS/TEMP] later\n");
    CHECK(say(pop.front, "QUIT\r\n", piece) == "S: +OK good bye\nclose\n");
}

TEST_CASE("POP3: CAPA, AUTH and STLS", "[codec]")
{
    Speaking<Pop3Front> clear(false);
    CHECK(say(clear.front, "CAPA\r\n") == "S: +OK\nTOP\nUIDL\nRESP-CODES\nAUTH-RESP-CODE\nPIPELINING\nSTLS\n.\n");
    CHECK(say(clear.front, "USER alice\r\nAUTH PLAIN\r\nPASS x\r\n") ==
          "S: -ERR begin TLS first\nS: -ERR begin TLS first\nS: -ERR expected USER first\n");
    CHECK(say(clear.front, "STLS\r\n") == "S: +OK begin TLS\ntls\n");
    clear.front.secured({.secure = true});
    CHECK(say(clear.front, "CAPA\r\n") ==
          "S: +OK\nTOP\nUIDL\nRESP-CODES\nAUTH-RESP-CODE\nPIPELINING\nUSER\nSASL PLAIN LOGIN\n.\n");
    CHECK(say(clear.front, "AUTH PLAIN\r\n") == "begin PLAIN -\n");
    clear.front.challenge("");
    CHECK(actions_of(clear.front) == "S: + \n");
    CHECK(say(clear.front, "AGEAYg==\r\nSTAT\r\n") == "step ~a~b\n");
    CHECK(clear.front.welcome("+OK maildrop") == "+OK maildrop\r\n");
    CHECK(clear.front.rest().view() == "STAT\r\n");

    Speaking<Pop3Front> injected(false);
    CHECK(say(injected.front, "STLS\r\nUSER mallory\r\n") == "close\n");
}

TEST_CASE("POP3: UTF8 is the store's to offer", "[codec]")
{
    Speaking<Pop3Front> without;
    CHECK(say(without.front, "UTF8\r\n") == "S: -ERR not a command before login\n");
    Speaking<Pop3Front> with(true, {"TOP", "UTF8 USER"});
    CHECK_FALSE(with.front.utf8());
    CHECK(say(with.front, "UTF8\r\n") == "S: +OK UTF-8 from now on\n");
    CHECK(with.front.utf8());
}

TEST_CASE("submission: tells what the server behind says, but its logins and TLS", "[codec]")
{
    Speaking<SmtpFront> smtp(true, {"PIPELINING", "SIZE 10240000", "VRFY", "ETRN", "STARTTLS", "AUTH PLAIN",
                                    "AUTH=PLAIN", "8BITMIME", "DSN", "SMTPUTF8", "XCLIENT NAME ADDR", "CHUNKING"});
    CHECK(smtp.greeting == "S: 220 mail.test ESMTP\n");
    CHECK(say(smtp.front, "EHLO pc.test\r\n") == "S: 250-mail.test\n250-PIPELINING\n250-SIZE 10240000\n250-8BITMIME\n"
                                                 "250-DSN\n250-SMTPUTF8\n250-CHUNKING\n250 AUTH PLAIN LOGIN\n");
    CHECK(smtp.front.helo() == "pc.test");
    CHECK(say(smtp.front, "EHLO \r\n") == "S: 501 5.5.4 expected your name\n");
    CHECK(say(smtp.front, "HELO pc\r\nAUTH PLAIN AA==\r\n") == "S: 250 mail.test\nS: 503 5.5.1 expected EHLO first\n");
}

TEST_CASE("submission: no mail command before the login, no login before TLS", "[codec]")
{
    Speaking<SmtpFront> smtp(false);
    CHECK(say(smtp.front, "EHLO x\r\n") == "S: 250-mail.test\n250 STARTTLS\n");
    CHECK(say(smtp.front, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nBDAT 3\r\n") ==
          "S: 530 5.7.0 begin TLS and log in first\nS: 530 5.7.0 begin TLS and log in first\n"
          "S: 530 5.7.0 begin TLS and log in first\nS: 530 5.7.0 begin TLS and log in first\n");
    CHECK(say(smtp.front, "AUTH PLAIN AGEAYg==\r\n") == "S: 538 5.7.11 begin TLS first\n");
    CHECK(say(smtp.front, "STARTTLS\r\nEHLO x\r\n") == "close\n");

    Speaking<SmtpFront> secure;
    CHECK(say(secure.front, "XCLIENT LOGIN=root\r\n") == "S: 530 5.7.0 log in first\n");
    CHECK(say(secure.front, "NONSENSE\r\n") == "S: 500 5.5.2 not a command\n");
}

TEST_CASE("submission: AUTH, and what comes behind it is the server's", "[codec]")
{
    Speaking<SmtpFront> smtp;
    (void)say(smtp.front, "EHLO x\r\n");
    CHECK(say(smtp.front, "AUTH LOGIN\r\n") == "begin LOGIN -\n");
    smtp.front.challenge("Username:");
    CHECK(actions_of(smtp.front) == "S: 334 VXNlcm5hbWU6\n");
    CHECK(say(smtp.front, "YQ==\r\n") == "step a\n");
    smtp.front.refuse(Refusal::failed, "no");
    CHECK(actions_of(smtp.front) == "S: 535 5.7.8 no\n");
    CHECK(say(smtp.front, "AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@b>\r\n") == "begin PLAIN ~a~b\n");
    CHECK(smtp.front.welcome("") == "235 2.7.0 logged in\r\n");
    CHECK(smtp.front.rest().view() == "MAIL FROM:<a@b>\r\n");
}

TEST_CASE("submission: a line that two servers could read in two ways ends the connection", "[codec]")
{
    Speaking<SmtpFront> smtp;
    CHECK(say(smtp.front, "EHLO a\rMAIL FROM:<x@y>\r\n") == "S: 500 5.5.2 a line ends in CR LF\nclose\n");
}

TEST_CASE("ManageSieve: capabilities, before TLS and after", "[codec]")
{
    Speaking<SieveFront> sieve(false, {"\"IMPLEMENTATION\" \"Cyrus\"", "\"SASL\" \"PLAIN\"", "\"SIEVE\" \"fileinto\"",
                                       "\"STARTTLS\"", "\"UNAUTHENTICATE\"", "\"VERSION\" \"1.0\""});
    CHECK(sieve.greeting == "S: \"IMPLEMENTATION\" \"Gatehouse\"\n\"SASL\" \"\"\n\"SIEVE\" \"fileinto\"\n"
                            "\"VERSION\" \"1.0\"\n\"STARTTLS\"\nOK \"mail.test ready\"\n");
    CHECK(say(sieve.front, "AUTHENTICATE \"PLAIN\"\r\n") == "S: NO (ENCRYPT-NEEDED) \"begin TLS first\"\n");
    CHECK(say(sieve.front, "STARTTLS\r\n") == "S: OK \"begin TLS\"\ntls\n");
    sieve.front.secured({.secure = true});
    CHECK(actions_of(sieve.front) == "S: \"IMPLEMENTATION\" \"Gatehouse\"\n\"SASL\" \"PLAIN LOGIN\"\n"
                                     "\"SIEVE\" \"fileinto\"\n\"VERSION\" \"1.0\"\nOK \"mail.test ready\"\n");
}

TEST_CASE("ManageSieve: AUTHENTICATE with quoted strings and literals", "[codec]")
{
    const std::size_t piece = GENERATE(0, 1, 5);
    Speaking<SieveFront> sieve;
    CHECK(say(sieve.front, "AUTHENTICATE \"PLAIN\" {8+}\r\nAGEAYg==\r\n", piece) == "begin PLAIN ~a~b\n");
    sieve.front.refuse(Refusal::unavailable, "later");
    CHECK(actions_of(sieve.front) == "S: NO (TRYLATER) \"later\"\n");
    CHECK(say(sieve.front, "Authenticate \"LOGIN\"\r\n", piece) == "begin LOGIN -\n");
    sieve.front.challenge("User");
    CHECK(actions_of(sieve.front) == "S: \"VXNlcg==\"\n");
    CHECK(say(sieve.front, "\"YQ==\"\r\n", piece) == "step a\n");
    sieve.front.challenge("Pass");
    (void)actions_of(sieve.front);
    CHECK(say(sieve.front, "{4+}\r\nYg==\r\nLISTSCRIPTS\r\n", piece) == "step b\n");
    CHECK(sieve.front.welcome("") == "OK \"logged in\"\r\n");
    CHECK(sieve.front.rest().view() == "LISTSCRIPTS\r\n");
}

TEST_CASE("ManageSieve: a literal that waits for an answer is refused", "[codec]")
{
    Speaking<SieveFront> sieve;
    CHECK(say(sieve.front, "AUTHENTICATE \"PLAIN\" {8}\r\n") ==
          "S: BYE \"a string is too long, or of a form that is not allowed here\"\nclose\n");
}

TEST_CASE("ManageSieve: NOOP answers its tag, and no more than a tag", "[codec]")
{
    Speaking<SieveFront> sieve;
    CHECK(say(sieve.front, "NOOP \"t1\"\r\n") == "S: OK (TAG \"t1\") \"done\"\n");
    CHECK(say(sieve.front, "NOOP \"t\\\"1\"\r\n") == "S: OK \"done\"\n");
    CHECK(say(sieve.front, "LOGOUT\r\n") == "S: OK \"good bye\"\nclose\n");
}
