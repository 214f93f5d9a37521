#include "wire/dovecot_userdb.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

using namespace gatehouse::wire;

namespace
{
template <class Line>
Line parsed(std::string_view line)
{
    auto result = parse_dovecot_master_line(line);
    REQUIRE(result);
    REQUIRE(std::holds_alternative<Line>(*result));
    return std::get<Line>(std::move(*result));
}

/// The line as parsed and written again.
std::string again(std::string_view line)
{
    return encode_dovecot_master(*parse_dovecot_master_line(line));
}

constexpr std::string_view cookie = "00112233445566778899aabbccddeeff";
} // namespace

TEST_CASE("what Dovecot 2.3.19 asks a master socket is understood", "[unit]")
{
    REQUIRE(parsed<DovecotVersion>("VERSION\t1\t1").minor == 1);

    const std::string request =
        "REQUEST\t2164391937\t412\t1\t" + std::string(cookie) + "\tsession_pid=414\trequest_auth_token";
    const auto login = parsed<DovecotLoginRequest>(request);
    REQUIRE(login.id == 2'164'391'937);
    REQUIRE(login.client_pid == 412);
    REQUIRE(login.client_id == 1);
    REQUIRE(login.cookie == cookie);
    REQUIRE(login.fields == std::vector<DovecotField>{{"session_pid", "414"}, {"request_auth_token", ""}});

    const auto user = parsed<DovecotPersonRequest>("USER\t1\tbob\tservice=lmtp\trip=192.0.2.7");
    REQUIRE(user.id == 1);
    REQUIRE(user.kind == DovecotPersonRequest::Kind::user);
    REQUIRE(user.login == "bob");
    REQUIRE(user.service == "lmtp");
    REQUIRE(user.remote_address == "192.0.2.7");

    const auto pass = parsed<DovecotPersonRequest>("PASS\t2\tal\001tice\tprotocol=imap");
    REQUIRE(pass.kind == DovecotPersonRequest::Kind::pass);
    REQUIRE(pass.login == "al\tice");
    REQUIRE(pass.service == "imap");

    REQUIRE(parsed<DovecotListRequest>("LIST\t3\tservice=doveadm").id == 3);
    REQUIRE(parsed<DovecotListRequest>("LIST\t1\tuser=*\tservice=doveadm").id == 1);
    REQUIRE(parsed<DovecotFlushRequest>("CACHE-FLUSH\t4").logins.empty());
    REQUIRE(parsed<DovecotFlushRequest>("CACHE-FLUSH\t4\talice\tbob").logins ==
            std::vector<std::string>{"alice", "bob"});
}

TEST_CASE("a master's line that cannot be answered ends the connection", "[unit]")
{
    for (const std::string& bad :
         {std::string(""), std::string("REQUEST\t1\t2\t3"), "REQUEST\t1\t2\t3\t" + std::string(cookie.substr(1)),
          "REQUEST\t1\t2\t3\t" + std::string(cookie) + "0", "REQUEST\t1\t2\t3\t" + std::string(cookie.substr(1)) + "g",
          "REQUEST\tx\t2\t3\t" + std::string(cookie), "REQUEST\t1\tx\t3\t" + std::string(cookie),
          "REQUEST\t1\t2\tx\t" + std::string(cookie), std::string("USER\t1"), std::string("USER\t1\t\tservice=imap"),
          std::string("USER\tx\talice"), std::string("PASS\t\talice"), std::string("LIST"), std::string("LIST\tx"),
          std::string("CACHE-FLUSH"), std::string("VERSION\t1"), std::string("CPID\t1"), std::string("user\t1\talice")})
        REQUIRE(parse_dovecot_master_line(bad).error() == WireError::malformed);
    REQUIRE(parse_dovecot_master_line("VERSION\t2\t0").error() == WireError::wrong_version);
}

TEST_CASE("a master's lines survive parsing and writing", "[unit]")
{
    for (const std::string line : {"VERSION\t1\t1", "USER\t1\tal\001tice\tservice=lmtp\tdebug",
                                   "PASS\t1\talice\tservice=imap", "LIST\t7", "CACHE-FLUSH\t1\talice\tbo\001nb"})
        REQUIRE(again(line) == line + "\n");
    REQUIRE(again("USER\t1\talice\t\tdebug\t\t") == "USER\t1\talice\tdebug\n");
    const std::string request = "REQUEST\t1\t2\t3\t" + std::string(cookie) + "\tsession_pid=4";
    REQUIRE(again(request) == request + "\n");
}

TEST_CASE("answers to a master are Dovecot's and cannot be forged", "[unit]")
{
    REQUIRE(dovecot_master_greeting(100) == "VERSION\t1\t1\nSPID\t100\n");
    const std::array<DovecotField, 3> account = {
        {{"uid", "20001"}, {"gid", "20000"}, {"home", "/home/a\nUSER\t2\troot"}}};
    REQUIRE(dovecot_user(1, "ali\tce", account) ==
            "USER\t1\tali\001tce\tuid=20001\tgid=20000\thome=/home/a\001nUSER\001t2\001troot\n");
    REQUIRE(dovecot_pass(2, "alice") == "PASS\t2\tuser=alice\n");
    REQUIRE(dovecot_not_found(3) == "NOTFOUND\t3\n");
    REQUIRE(dovecot_lookup_failed(4) == "FAIL\t4\n");
    REQUIRE(dovecot_lookup_failed(4, "the directory\nis away") == "FAIL\t4\treason=the directory\001nis away\n");
    REQUIRE(dovecot_list_failed(5) == "DONE\t5\tfail\n");
    REQUIRE(dovecot_flushed(6, 0) == "OK\t6\t0\n");
}

TEST_CASE("a master reads the answers", "[unit]")
{
    const auto user = parse_dovecot_master_reply("USER\t1\tali\001tce\tuid=20001").value();
    REQUIRE(user.command == "USER");
    REQUIRE(user.id == 1);
    REQUIRE(user.values == std::vector<std::string>{"ali\tce", "uid=20001"});
    REQUIRE(parse_dovecot_master_reply("NOTFOUND\t3").value().values.empty());
    for (const std::string_view bad : {"", "USER", "USER\tx", "CUID\t1", "HELLO\t1"})
        REQUIRE(parse_dovecot_master_reply(bad).error() == WireError::malformed);
}
