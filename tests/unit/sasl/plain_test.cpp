#include "sasl/plain.hpp"

#include "../wire/pieces.hpp"
#include "identity/login_name.hpp"
#include "wire/limits.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::test;

namespace
{
std::string message(std::string_view authzid, std::string_view login, std::string_view password)
{
    return std::string(authzid) + '\0' + std::string(login) + '\0' + std::string(password);
}

Exchange::Step step_of(std::string_view text)
{
    return sasl::plain.begin({}, {})->step(secret_of(text));
}

PasswordCredential shown(std::string_view text)
{
    auto step = step_of(text);
    REQUIRE(std::holds_alternative<Exchange::Shown>(step));
    return std::get<PasswordCredential>(std::move(std::get<Exchange::Shown>(step).credential));
}

bool is_broken(std::string_view text)
{
    const auto step = step_of(text);
    return std::holds_alternative<Exchange::Broken>(step) && !std::get<Exchange::Broken>(step).out_of_memory &&
           !std::get<Exchange::Broken>(step).why.empty();
}
} // namespace

TEST_CASE("the examples of RFC 4616 are understood", "[unit]")
{
    const auto tim = shown(message("", "tim", "tanstaaftanstaaf"));
    REQUIRE(tim.login == "tim");
    REQUIRE(tim.authzid.empty());
    REQUIRE(tim.password.view() == "tanstaaftanstaaf");
    const auto ursel = shown(message("Ursel", "Kurt", "xipj3plmq"));
    REQUIRE(ursel.authzid == "Ursel");
    REQUIRE(ursel.login == "Kurt");
    REQUIRE(ursel.password.view() == "xipj3plmq");
}

TEST_CASE("a PLAIN message has exactly two NULs, wherever it is cut", "[unit]")
{
    const std::string whole = message("bob", "alice", "secret");
    for (std::size_t size = 0; size < whole.size(); ++size)
        REQUIRE(is_broken(whole.substr(0, size)) == (size < std::string("bob.alice.").size()));
    REQUIRE(is_broken(""));
    REQUIRE(is_broken(message("", "alice", std::string("se\0cret", 7))));
    REQUIRE(is_broken(std::string(3, '\0')));
}

TEST_CASE("PLAIN leaves empty parts and odd bytes to the gate", "[unit]")
{
    const auto empty = shown(message("", "", ""));
    REQUIRE((empty.login.empty() && empty.password.empty()));
    REQUIRE(shown(message("", "alice", "")).password.empty());
    REQUIRE(shown(message("", "\xFF", "\xFF\xFE\r\n\x01")).password.view() == "\xFF\xFE\r\n\x01");
}

TEST_CASE("PLAIN holds the limits of names and passwords to the byte", "[unit]")
{
    const std::string name(max_login_name, 'n');
    const std::string password(wire::max_password, 'p');
    REQUIRE(shown(message(name, name, password)).password.view() == password);
    REQUIRE(is_broken(message(name + "n", name, password)));
    REQUIRE(is_broken(message(name, name + "n", password)));
    REQUIRE(is_broken(message(name, name, password + "p")));
}

TEST_CASE("PLAIN is over after one message", "[unit]")
{
    for (const std::string& first : {message("", "alice", "secret"), std::string("nonsense")}) {
        const auto exchange = sasl::plain.begin({}, {});
        exchange->step(secret_of(first));
        REQUIRE(std::holds_alternative<Exchange::Broken>(exchange->step(secret_of(message("", "bob", "other")))));
    }
}

TEST_CASE("PLAIN takes the password by moving the message", "[unit]")
{
    Secret secret = secret_of(message("", "alice", "secret"));
    const std::size_t used = SecretArena::process().used();
    const FullArena full;
    auto step = sasl::plain.begin({}, {})->step(std::move(secret));
    REQUIRE(std::holds_alternative<Exchange::Shown>(step)); // no slot was left to copy to
    REQUIRE(used >= 64);
}
