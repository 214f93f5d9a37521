#include "identity/login_name.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;
using Form = LoginName::Form;

namespace
{
void check(std::string_view given, Form form, std::string_view user, std::string_view qualifier)
{
    INFO("name: " << given);
    const auto name = parse_login_name(given);
    REQUIRE(name);
    REQUIRE(name->form == form);
    REQUIRE(name->given == given);
    REQUIRE(name->user == user);
    REQUIRE(name->qualifier == qualifier);
}
} // namespace

TEST_CASE("a login name has one of three forms", "[unit]")
{
    check("alice", Form::plain, "alice", "");
    check("Alice", Form::plain, "Alice", "");
    check("CAMPUS\\Alice", Form::down_level, "Alice", "campus");
    check("Alice@Campus.EXAMPLE", Form::qualified, "Alice", "campus.example");
    check("J\xC3\xBCrgen@campus.example", Form::qualified, "J\xC3\xBCrgen", "campus.example");
    check("O'Brien, (x*) #+<>;\"=/", Form::plain, "O'Brien, (x*) #+<>;\"=/", "");
}

TEST_CASE("the last @ separates, a backslash needs something on both sides", "[unit]")
{
    check("a@b@c", Form::qualified, "a@b", "c");
    check("CAMPUS\\alice@lab.example", Form::qualified, "CAMPUS\\alice", "lab.example");
    check("a\\b\\c", Form::down_level, "b\\c", "a");
    check("\\alice", Form::plain, "\\alice", "");
    check("CAMPUS\\", Form::plain, "CAMPUS\\", "");
    check("@campus.example", Form::plain, "@campus.example", "");
    check("alice@", Form::plain, "alice@", "");
    check("@", Form::plain, "@", "");
    check("\\", Form::plain, "\\", "");
    check("CAMPUS\\alice@", Form::down_level, "alice@", "campus");
}

TEST_CASE("a name that no directory could be asked for is refused", "[unit]")
{
    for (const std::string& bad :
         {std::string(""), std::string("ali\0ce", 6), std::string("alice\n"), std::string("\talice"),
          std::string("alice\x7F"), std::string("a\xC2\x85"), std::string("\xFF"), std::string("al\xC3"),
          std::string("\xED\xA0\x80"), std::string(max_login_name + 1, 'a')}) {
        const auto name = parse_login_name(bad);
        REQUIRE_FALSE(name);
        REQUIRE(name.error().kind == ErrorKind::invalid);
    }
    REQUIRE(parse_login_name(std::string(max_login_name, 'a')));
}

TEST_CASE("a name can be read as an address, or whole as a short name", "[unit]")
{
    REQUIRE(parse_login_name("Alice@Campus.EXAMPLE")->address() == "Alice@campus.example");
    REQUIRE(parse_login_name("CAMPUS\\alice")->address() == "alice");
    REQUIRE(parse_login_name("alice")->address() == "alice");
    const LoginName whole = as_plain(*parse_login_name("alice@campus.example"));
    REQUIRE(whole.form == Form::plain);
    REQUIRE(whole.user == "alice@campus.example");
    REQUIRE(whole.given == "alice@campus.example");
    REQUIRE(whole.qualifier.empty());
}
