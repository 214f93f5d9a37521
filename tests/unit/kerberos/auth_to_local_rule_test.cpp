#include "kerberos/auth_to_local_rule.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse::kerberos;

namespace
{
std::string fault_of(std::string_view rule)
{
    const auto checked = check_auth_to_local(rule);
    return checked ? "none" : checked.error().text;
}
} // namespace

TEST_CASE("rules of auth_to_local that say whom they are for are taken", "[unit][kerberos]")
{
    for (const std::string_view rule :
         {"DEFAULT", R"(RULE:[1:$1@$0](.*@OTHER\.EXAMPLE)s/@.*//)", R"(RULE:[1:x-$1@$0](^x-[a-z]+@OTHER$)s/@OTHER//g)",
          R"(RULE:[2:$1;$2@$0](host;.*@OTHER)s/a/b/ s/c//g)", "RULE:[1:$0](OTHER)s/OTHER/guest/",
          "RULE:[1:$1@$0](bob@OTHER)", R"(RULE:[1:$1@$0](a\++@OTHER))"}) {
        INFO(rule);
        CHECK(fault_of(rule) == "none");
    }
}

TEST_CASE("what libkrb5 would not take, or take for everybody, is refused before anybody comes", "[unit][kerberos]")
{
    const auto check = [](std::string_view rule, std::string_view fault) {
        INFO(rule);
        CHECK_THAT(fault_of(rule), Catch::StartsWith(std::string(fault)));
    };
    for (const std::string_view rule : {"", "default", "RULE:", "RULE:s/@.*//", "DB:/etc/names", "rule:[1:$0](X)"})
        check(rule, "expected RULE:[");
    for (const std::string_view rule : {"RULE:[", "RULE:[:$0](X)", "RULE:[x:$0](X)", "RULE:[1$0](X)",
                                        "RULE:[100:$0](X)", "RULE:[-1:$0](X)", "RULE:[ 1:$0](X)"})
        check(rule, "expected the number of a principal's components");
    check("RULE:[1:$1@$0(X)", "expected ']'");
    for (const std::string_view rule : {"RULE:[1:$2@$0](X)", "RULE:[1:$@$0](X)", "RULE:[1:$x](X)"})
        check(rule, "expected a number from 0 to 1 after each '$'");
    check("RULE:[1:$1](bob)", "expected $0");
    for (const std::string_view rule : {"RULE:[1:$1@$0]", "RULE:[1:$1@$0]s/@.*//"})
        check(rule, "expected a regular expression in parentheses");
    check("RULE:[1:$1@$0](.*@OTHER", "expected ')'");
    check("RULE:[1:$1@$0](.*@(A|B))", "\".*@(A|B\" is no regular expression: ");
    check("RULE:[1:$1@$0](a+*@X)", "\"a+*@X\" is no regular expression: what is repeated");
    check("RULE:[1:$1@$0](a++@X)", "\"a++@X\" is no regular expression: what is repeated");
    check("RULE:[1:$1@$0]([)", "\"[\" is no regular expression: ");
    for (const std::string_view rule : {"RULE:[1:$1@$0](X)y", "RULE:[1:$1@$0](X)s/a/b", "RULE:[1:$1@$0](X)s/a",
                                        "RULE:[1:$1@$0](X)s/a/b/gg", "RULE:[1:$1@$0](X)s/a/b/ "})
        check(rule, "expected s/REGEX/TEXT/");
    check("RULE:[1:$1@$0](X)s/[/b/", "\"[\" is no regular expression: ");
    for (const std::string regex : {"x*", "", "^", "$", "(x|)", R"(\\\b)", R"(a|\<)"}) {
        CHECK(fault_of("RULE:[1:$1@$0](X)s/" + regex + "/b/") == "none");
        check("RULE:[1:$1@$0](X)s/" + regex + "/b/g", '"' + regex + "\" matches where there is nothing");
    }
    CHECK(fault_of(R"(RULE:[1:$1@$0](X)s/\\b/c/g)") == "none"); // a backslash and a b
    check("RULE:[1:$1@$0](X\n)", "expected printable ASCII");
    check("RULE:[1:$1@$0](" + std::string(1024, 'x') + ")", "expected at most 1024 bytes");
}
