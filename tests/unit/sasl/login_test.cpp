#include "sasl/login.hpp"

#include "../wire/pieces.hpp"
#include "identity/login_name.hpp"
#include "wire/limits.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::test;

namespace
{
std::string challenge_of(const Exchange::Step& step)
{
    REQUIRE(std::holds_alternative<Exchange::Continue>(step));
    return std::get<Exchange::Continue>(step).challenge;
}

PasswordCredential shown(Exchange::Step step)
{
    REQUIRE(std::holds_alternative<Exchange::Shown>(step));
    return std::get<PasswordCredential>(std::move(std::get<Exchange::Shown>(step).credential));
}

bool is_broken(const Exchange::Step& step)
{
    return std::holds_alternative<Exchange::Broken>(step);
}
} // namespace

TEST_CASE("LOGIN asks for a name and a password", "[unit]")
{
    const auto exchange = sasl::login.begin({}, {});
    REQUIRE(challenge_of(exchange->step({})) == "Username:");
    REQUIRE(challenge_of(exchange->step(secret_of("alice"))) == "Password:");
    const auto credential = shown(exchange->step(secret_of("se\xFF"
                                                           "cret")));
    REQUIRE(credential.login == "alice");
    REQUIRE(credential.authzid.empty());
    REQUIRE(credential.password.view() == "se\xFF"
                                          "cret");
    REQUIRE(is_broken(exchange->step(secret_of("more"))));
}

TEST_CASE("LOGIN takes an initial response for the name", "[unit]")
{
    const auto exchange = sasl::login.begin({}, {});
    REQUIRE(challenge_of(exchange->step(secret_of("alice"))) == "Password:");
    REQUIRE(shown(exchange->step(secret_of("secret"))).login == "alice");
}

TEST_CASE("LOGIN leaves an empty name and an empty password to the gate", "[unit]")
{
    const auto exchange = sasl::login.begin({}, {});
    REQUIRE(challenge_of(exchange->step({})) == "Username:");
    REQUIRE(challenge_of(exchange->step({})) == "Password:");
    const auto credential = shown(exchange->step({}));
    REQUIRE((credential.login.empty() && credential.password.empty()));
}

TEST_CASE("LOGIN holds the limits of names and passwords to the byte", "[unit]")
{
    const std::string name(max_login_name, 'n');
    const std::string password(wire::max_password, 'p');
    {
        const auto exchange = sasl::login.begin({}, {});
        exchange->step(secret_of(name));
        REQUIRE(shown(exchange->step(secret_of(password))).password.view() == password);
    }
    {
        const auto exchange = sasl::login.begin({}, {});
        exchange->step(secret_of(name));
        REQUIRE(is_broken(exchange->step(secret_of(password + "p"))));
        REQUIRE(is_broken(exchange->step(secret_of("secret"))));
    }
    const auto exchange = sasl::login.begin({}, {});
    exchange->step({});
    REQUIRE(is_broken(exchange->step(secret_of(name + "n"))));
    REQUIRE(is_broken(exchange->step(secret_of("secret"))));
}
