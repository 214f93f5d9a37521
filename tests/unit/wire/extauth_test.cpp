#include "wire/extauth.hpp"

#include "pieces.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::test;
using namespace gatehouse::wire;

namespace
{
/// As pure-ftpd 1.0.50 writes it.
const std::string stock_request =
    "account:alice\npassword:se:cret \nlocalhost:127.0.0.1\nlocalport:2121\npeer:192.0.2.7\n"
    "sni_name:ftp.campus.example\nencrypted:1\nend\n";

WireError error_of(std::string_view stream)
{
    ExtauthDecoder decoder;
    const auto whole = decoder.feed(bytes_of(stream));
    REQUIRE_FALSE(whole);
    REQUIRE(decoder.feed(bytes_of("end\n")).error() == whole.error()); // final
    return whole.error();
}
} // namespace

TEST_CASE("pure-ftpd's request is whole with its end line, however it arrives", "[unit]")
{
    for (const auto& pieces : ways_to_arrive(stock_request)) {
        ExtauthDecoder decoder;
        REQUIRE_FALSE(decoder.partial());
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const auto whole = decoder.feed(bytes_of(pieces[i]));
            REQUIRE(whole);
            REQUIRE(*whole == (i + 1 == pieces.size()));
            REQUIRE(decoder.partial() != *whole);
        }
        const ExtauthRequest request = decoder.take();
        REQUIRE(request.login == "alice");
        REQUIRE(request.password.view() == "se:cret ");
        REQUIRE(request.local_address == "127.0.0.1");
        REQUIRE(request.local_port == "2121");
        REQUIRE(request.client_address == "192.0.2.7");
        REQUIRE(request.server_name == "ftp.campus.example");
        REQUIRE(request.encrypted);
    }
}

TEST_CASE("older and newer requests pass, empty strings too, and what follows the end is ignored", "[unit]")
{
    ExtauthDecoder decoder;
    REQUIRE(decoder.feed(bytes_of("account:\npassword:\nencrypted:0\nnovelty:7\nend\naccount:root\n")).value());
    const ExtauthRequest request = decoder.take();
    REQUIRE(request.login.empty());
    REQUIRE(request.password.empty());
    REQUIRE_FALSE(request.encrypted);
    REQUIRE(decoder.feed(bytes_of("anything")).value());
}

TEST_CASE("a request that says nothing or two things is malformed", "[unit]")
{
    REQUIRE(error_of("end\n") == WireError::malformed);
    REQUIRE(error_of("account:alice\nend\n") == WireError::malformed);
    REQUIRE(error_of("password:secret\nend\n") == WireError::malformed);
    REQUIRE(error_of("account:alice\naccount:bob\n") == WireError::malformed);
    REQUIRE(error_of("password:a\npassword:b\n") == WireError::malformed);
}

TEST_CASE("the longest password passes, one byte more is an error before its line ends", "[unit]")
{
    const std::string longest(65'535, 'p');
    ExtauthDecoder decoder;
    REQUIRE(decoder.feed(bytes_of("account:alice\npassword:" + longest + "\nend\n")).value());
    REQUIRE(decoder.take().password.view() == longest);
    REQUIRE(error_of("account:alice\npassword:" + longest + "p") == WireError::too_long);

    std::string lines;
    for (int i = 0; i < 33; ++i)
        lines += "x:\n";
    REQUIRE(error_of(lines) == WireError::too_long);
}

TEST_CASE("a full arena while a request arrives is no fault of the peer", "[unit]")
{
    {
        const FullArena full;
        REQUIRE(error_of("account:alice\n") == WireError::out_of_memory);
    }
    const FullArena one_slot(64); // the stream fits, the first line of it does not any more
    REQUIRE(error_of("account:alice\npassword:secret\nend\n") == WireError::out_of_memory);
}

TEST_CASE("answers are pure-ftpd's", "[unit]")
{
    REQUIRE(extauth_granted({.uid = 20'001, .gid = 20'000, .home = "/srv/ftp/./alice"}).value() ==
            "auth_ok:1\nuid:20001\ngid:20000\ndir:/srv/ftp/./alice\nend\n");
    REQUIRE(extauth_refused() == "auth_ok:-1\nend\n");
    REQUIRE(extauth_unknown() == "auth_ok:0\nend\n");
}

TEST_CASE("an account that pure-ftpd would misread is never answered", "[unit]")
{
    const auto fails = [](std::uint32_t uid, std::uint32_t gid, const std::string& home) {
        return !extauth_granted({.uid = uid, .gid = gid, .home = home}) &&
               !check_extauth_account({.uid = uid, .gid = gid, .home = home});
    };
    REQUIRE(fails(0, 20'000, "/home/alice"));
    REQUIRE(fails(20'001, 0, "/home/alice"));
    REQUIRE(fails(20'001, 20'000, ""));
    REQUIRE(fails(20'001, 20'000, "home/alice"));
    REQUIRE(fails(20'001, 20'000, "/home/alice\nuid:0"));
    REQUIRE(fails(20'001, 20'000, "/home/alice\r"));
    REQUIRE(fails(20'001, 20'000, std::string("/home/\0alice", 12)));
    REQUIRE(fails(20'001, 20'000, "/" + std::string(3'500, 'x')));
    REQUIRE_FALSE(fails(20'001, 20'000, "/" + std::string(3'499, 'x')));
}

TEST_CASE("both sides of extauth understand each other", "[unit]")
{
    ExtauthDecoder decoder;
    REQUIRE(decoder.feed(bytes_of(stock_request)).value());
    const ExtauthRequest request = decoder.take();
    REQUIRE(encode_extauth_request(request).value().view() == stock_request);
    ExtauthRequest forged;
    forged.login = "alice\npassword:x";
    REQUIRE(encode_extauth_request(forged).error() == WireError::malformed);

    const auto granted = parse_extauth_answer(extauth_granted({.uid = 1, .gid = 2, .home = "/h"}).value()).value();
    REQUIRE((granted.auth_ok == 1 && granted.account->uid == 1 && granted.account->gid == 2 &&
             granted.account->home == "/h"));
    REQUIRE(parse_extauth_answer(extauth_refused()).value().auth_ok == -1);
    REQUIRE(parse_extauth_answer(extauth_unknown()).value().auth_ok == 0);
    for (const std::string_view bad :
         {"", "auth_ok:1\n", "end", "auth_ok:1\nend\n", "auth_ok:1\nuid:0\ngid:1\ndir:/\nend\n"})
        REQUIRE(parse_extauth_answer(bad).error() == WireError::malformed);
}
