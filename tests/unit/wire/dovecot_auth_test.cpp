#include "wire/dovecot_auth.hpp"

#include "pieces.hpp"
#include "wire/dovecot_auth_client.hpp"
#include "wire/line_buffer.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::test;
using namespace gatehouse::wire;

namespace
{
template <class Line>
Line parsed(std::string_view line)
{
    auto result = parse_dovecot_client_line(secret_of(line));
    REQUIRE(result);
    REQUIRE(std::holds_alternative<Line>(*result));
    return std::get<Line>(std::move(*result));
}

WireError error_of(std::string_view line)
{
    const auto result = parse_dovecot_client_line(secret_of(line));
    REQUIRE_FALSE(result);
    return result.error();
}

constexpr Mechanism plain{.name = "PLAIN", .plaintext = true, .client_first = true, .begin = nullptr};
constexpr Mechanism gssapi{.name = "GSSAPI", .plaintext = false, .client_first = true, .begin = nullptr};
} // namespace

TEST_CASE("what Postfix sends is understood", "[unit]")
{
    REQUIRE(parsed<DovecotVersion>("VERSION\t1\t0").minor == 0);
    REQUIRE(parsed<DovecotClientPid>("CPID\t4711").pid == 4711);

    auto begin = parsed<DovecotAuthBegin>(
        "AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=192.0.2.7\tsecured\tresp=AGFsaWNlAHNlY3JldA==");
    REQUIRE(begin.id == 1);
    REQUIRE(begin.mechanism == "PLAIN");
    REQUIRE(begin.service == "smtp");
    REQUIRE(begin.nologin);
    REQUIRE(begin.secured);
    REQUIRE_FALSE(begin.final_response);
    REQUIRE(begin.local_address == "127.0.0.1");
    REQUIRE(begin.remote_address == "192.0.2.7");
    REQUIRE(begin.response->view() == std::string_view("\0alice\0secret", 13));

    REQUIRE(parsed<DovecotAuthContinue>("CONT\t1\tAGFsaWNlAHNlY3JldA==").response.size() == 13);
}

TEST_CASE("what Dovecot's login processes send is understood", "[unit]")
{
    REQUIRE(parsed<DovecotVersion>("VERSION\t1\t2").minor == 2);
    auto begin = parsed<DovecotAuthBegin>("AUTH\t4294967295\tLOGIN\tservice=imap\tfinal-resp-ok\tsecured=tls\t"
                                          "session=7XUi\tlip=::1\trip=2001:db8::7\tlport=993\trport=50123\t"
                                          "local_name=mail.campus.example\tunknown=thing\tclient_id=\001ta\001n");
    REQUIRE(begin.id == UINT32_MAX);
    REQUIRE(begin.mechanism == "LOGIN");
    REQUIRE(begin.service == "imap");
    REQUIRE(begin.final_response);
    REQUIRE(begin.secured);
    REQUIRE_FALSE(begin.nologin);
    REQUIRE(begin.session == "7XUi");
    REQUIRE(begin.local_address == "::1");
    REQUIRE(begin.remote_address == "2001:db8::7");
    REQUIRE(begin.local_port == 993);
    REQUIRE(begin.remote_port == 50'123);
    REQUIRE(begin.local_name == "mail.campus.example");
    REQUIRE_FALSE(begin.response);
    REQUIRE(parsed<DovecotCancel>("CANCEL\t7").id == 7);

    // doveadm auth test
    begin = parsed<DovecotAuthBegin>("AUTH\t1\tPLAIN\tservice=imap\trip=192.0.2.7\tresp=YWxpY2UAYWxpY2UAc2VjcmV0");
    REQUIRE(begin.response->view() == std::string_view("alice\0alice\0secret", 18));
}

TEST_CASE("Dovecot tells whom a certificate names, and whether it has verified it", "[unit]")
{
    const auto both = parsed<DovecotAuthBegin>(
        "AUTH\t1\tEXTERNAL\tservice=imap\tvalid-client-cert\tcert_username=alice@campus.example");
    REQUIRE(both.valid_client_certificate);
    REQUIRE(both.certificate_name == "alice@campus.example");
    REQUIRE_FALSE(parsed<DovecotAuthBegin>("AUTH\t1\tEXTERNAL\tcert_username=alice").valid_client_certificate);
    REQUIRE(parsed<DovecotAuthBegin>("AUTH\t1\tEXTERNAL\tvalid-client-cert").certificate_name.empty());
}

TEST_CASE("an empty response, no response and Exim's empty parameter are told apart", "[unit]")
{
    REQUIRE(parsed<DovecotAuthBegin>("AUTH\t1\tPLAIN\tservice=smtp\tresp==").response->empty());
    REQUIRE_FALSE(parsed<DovecotAuthBegin>("AUTH\t1\tPLAIN\tservice=smtp\tresp=").response);
    REQUIRE_FALSE(parsed<DovecotAuthBegin>("AUTH\t1\tPLAIN\tservice=smtp").response);
    REQUIRE(parsed<DovecotAuthContinue>("CONT\t1\t=").response.empty());
    REQUIRE(parsed<DovecotAuthContinue>("CONT\t1\t").response.empty());
}

TEST_CASE("a response that is not base64 fails its own id only (CVE-2025-59028)", "[unit]")
{
    for (const std::string bad : {"!", "AGE", "AGFsaWNl=", "AGFs aWNl", "AGFs\001t", "====", "A===", "=AAA"}) {
        const auto auth = parsed<DovecotFault>("AUTH\t7\tPLAIN\tservice=imap\tresp=" + bad);
        REQUIRE((auth.id == 7 && auth.why == WireError::malformed));
        const auto cont = parsed<DovecotFault>("CONT\t8\t" + bad);
        REQUIRE((cont.id == 8 && cont.why == WireError::malformed));
    }
}

TEST_CASE("nothing after the response becomes a parameter", "[unit]")
{
    // A mail client that smuggles a tab through its server must not choose its own address.
    const auto fault = parsed<DovecotFault>("AUTH\t7\tPLAIN\tservice=imap\trip=192.0.2.7\tresp=AAAA\trip=127.0.0.1");
    REQUIRE((fault.id == 7 && fault.why == WireError::malformed));
}

TEST_CASE("a line without an id that can be answered ends the connection", "[unit]")
{
    for (const std::string_view bad : {"",
                                       "AUTH",
                                       "AUTH\t",
                                       "AUTH\t1",
                                       "AUTH\t1\t",
                                       "AUTH\tx\tPLAIN",
                                       "AUTH\t-1\tPLAIN",
                                       "AUTH\t4294967296\tPLAIN",
                                       "AUTH\t1 \tPLAIN",
                                       "AUTH\t+1\tPLAIN",
                                       "AUTH\t0x1\tPLAIN",
                                       "auth\t1\tPLAIN",
                                       "CONT",
                                       "CONT\t",
                                       "CONT\tx\tAAAA",
                                       "CANCEL",
                                       "CANCEL\tx",
                                       "CPID",
                                       "CPID\tx",
                                       "VERSION",
                                       "VERSION\t1",
                                       "VERSION\tx\t1",
                                       "HELLO\t1",
                                       " AUTH\t1\tPLAIN"})
        REQUIRE(error_of(bad) == WireError::malformed);
    REQUIRE(error_of("VERSION\t2\t0") == WireError::wrong_version);
    REQUIRE(error_of("VERSION\t0\t9") == WireError::wrong_version);
}

TEST_CASE("a full arena is a fault of the id alone, told apart from bad base64", "[unit]")
{
    const Secret auth = secret_of("AUTH\t7\tPLAIN\tservice=imap\tresp=AAAA");
    const Secret cont = secret_of("CONT\t7\tAAAA");
    const FullArena full;
    for (const Secret* line : {&auth, &cont}) {
        const auto result = parse_dovecot_client_line(*line);
        REQUIRE(result);
        REQUIRE(std::get<DovecotFault>(*result).why == WireError::out_of_memory);
    }
}

TEST_CASE("the longest password passes in one line", "[unit]")
{
    const std::string message =
        std::string(1024, 'a') + '\0' + std::string(1024, 'u') + '\0' + std::string(65'535, 'p');
    DovecotAuthBegin begin;
    begin.id = 1;
    begin.mechanism = "PLAIN";
    begin.service = "imap";
    begin.response = secret_of(message);
    const Secret line = encode_dovecot_auth(begin).value();
    REQUIRE(line.size() <= max_dovecot_auth_line);
    LineBuffer lines(max_dovecot_auth_line);
    REQUIRE(lines.feed(line.bytes()));
    const auto result = parse_dovecot_client_line(*lines.next());
    REQUIRE(std::get<DovecotAuthBegin>(*result).response->view() == message);
}

TEST_CASE("the greeting is Dovecot's, and its client reads it", "[unit]")
{
    const std::array<const Mechanism*, 2> mechanisms = {&plain, &gssapi};
    const std::string greeting = dovecot_greeting(mechanisms, 100, 7, "00112233445566778899aabbccddeeff");
    REQUIRE(greeting == "VERSION\t1\t2\n"
                        "MECH\tPLAIN\tplaintext\n"
                        "MECH\tGSSAPI\n"
                        "SPID\t100\n"
                        "CUID\t7\n"
                        "COOKIE\t00112233445566778899aabbccddeeff\n"
                        "DONE\n");
    LineBuffer lines(1000);
    REQUIRE(lines.feed(bytes_of(greeting)));
    REQUIRE(std::get<DovecotVersion>(*parse_dovecot_server_line(lines.next()->view())).minor == 2);
    const auto mech = std::get<DovecotGreetingPart>(*parse_dovecot_server_line(lines.next()->view()));
    REQUIRE(mech.name == "MECH");
    REQUIRE(mech.values == std::vector<std::string>{"PLAIN", "plaintext"});
    for (const std::string_view name : {"MECH", "SPID", "CUID", "COOKIE", "DONE"})
        REQUIRE(std::get<DovecotGreetingPart>(*parse_dovecot_server_line(lines.next()->view())).name == name);
}

TEST_CASE("replies are spelled as the client's version knows them, and cannot be forged", "[unit]")
{
    REQUIRE(dovecot_cont(3, "") == "CONT\t3\t\n");
    REQUIRE(dovecot_cont(3, "Password:") == "CONT\t3\tUGFzc3dvcmQ6\n");
    REQUIRE(dovecot_ok(3, "alice") == "OK\t3\tuser=alice\n");
    const std::array<DovecotField, 2> fields = {{{"nologin", ""}, {"original_user", "CAMPUS\\alice"}}};
    REQUIRE(dovecot_ok(3, "al\tice\nOK\t4", fields) ==
            "OK\t3\tuser=al\001tice\001nOK\001t4\tnologin\toriginal_user=CAMPUS\\alice\n");

    REQUIRE(dovecot_fail(3, {}) == "FAIL\t3\n");
    const DovecotFail outage{.user = "alice", .reason = "try later", .code = DovecotFailCode::temp_fail};
    REQUIRE(dovecot_fail(3, outage) == "FAIL\t3\tuser=alice\treason=try later\tcode=temp_fail\n");
    REQUIRE(dovecot_fail(3, outage, 1) == "FAIL\t3\tuser=alice\treason=try later\tcode=temp_fail\ttemp\n");
    REQUIRE(dovecot_fail(3, {.code = DovecotFailCode::authz_fail}, 0) == "FAIL\t3\tcode=authz_fail\tauthz\n");
    REQUIRE(dovecot_fail(3, {.code = DovecotFailCode::user_disabled}) == "FAIL\t3\tcode=user_disabled\n");
    REQUIRE(dovecot_fail(3, {.code = DovecotFailCode::pass_expired}) == "FAIL\t3\tcode=pass_expired\n");
}

TEST_CASE("both sides of Dovecot's protocol understand each other", "[unit]")
{
    REQUIRE(dovecot_client_handshake(42, 0) == "VERSION\t1\t0\nCPID\t42\n");
    REQUIRE(encode_dovecot_cancel(9) == "CANCEL\t9\n");

    DovecotAuthBegin begin;
    begin.id = 9;
    begin.mechanism = "PL\tAIN";
    begin.service = "im\001ap";
    begin.local_address = "::1";
    begin.remote_address = "a\tb\nc\rd";
    begin.local_port = 143;
    begin.remote_port = 65'535;
    begin.local_name = "n";
    begin.session = "s";
    begin.secured = true;
    begin.nologin = true;
    begin.final_response = true;
    for (const std::string_view response : {"", "x", "xy", "xyz", "\xFF\xFE"}) {
        begin.response = secret_of(response);
        const Secret line = encode_dovecot_auth(begin).value();
        REQUIRE(line.view().ends_with('\n'));
        const auto back = parsed<DovecotAuthBegin>(line.view().substr(0, line.size() - 1));
        REQUIRE(back.id == begin.id);
        REQUIRE(back.mechanism == begin.mechanism);
        REQUIRE(back.service == begin.service);
        REQUIRE(back.local_address == begin.local_address);
        REQUIRE(back.remote_address == begin.remote_address);
        REQUIRE(back.local_port == begin.local_port);
        REQUIRE(back.remote_port == begin.remote_port);
        REQUIRE(back.local_name == begin.local_name);
        REQUIRE(back.session == begin.session);
        REQUIRE((back.secured && back.nologin && back.final_response));
        REQUIRE(back.response->view() == response);

        const Secret cont = encode_dovecot_continue(9, *begin.response).value();
        REQUIRE(parsed<DovecotAuthContinue>(cont.view().substr(0, cont.size() - 1)).response.view() == response);
    }

    const auto challenge = std::get<DovecotChallenge>(*parse_dovecot_server_line("CONT\t9\tUGFzc3dvcmQ6"));
    REQUIRE((challenge.id == 9 && challenge.challenge == "Password:"));
    const auto ok = std::get<DovecotOutcome>(*parse_dovecot_server_line("OK\t9\tuser=al\001tice\tnologin"));
    REQUIRE((ok.id == 9 && ok.ok && ok.value("user") == "al\tice" && ok.fields.size() == 2));
    const auto fail = std::get<DovecotOutcome>(*parse_dovecot_server_line("FAIL\t9\tcode=temp_fail"));
    REQUIRE((!fail.ok && fail.value("code") == "temp_fail" && fail.value("user").empty()));
    REQUIRE(parse_dovecot_server_line("OK\tx").error() == WireError::malformed);
    REQUIRE(parse_dovecot_server_line("CONT\t9\t!").error() == WireError::malformed);
    REQUIRE(parse_dovecot_server_line("VERSION\t2\t0").error() == WireError::wrong_version);
    REQUIRE(parse_dovecot_server_line("").error() == WireError::malformed);
}
