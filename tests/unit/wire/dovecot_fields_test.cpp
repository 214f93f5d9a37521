#include "wire/dovecot_fields.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace gatehouse::wire;

TEST_CASE("tab escaping keeps every byte and leaves none that would end a field", "[unit]")
{
    std::string every_byte;
    for (int i = 0; i < 256; ++i)
        every_byte += static_cast<char>(i);
    const std::string escaped = tab_escaped(every_byte);
    REQUIRE(escaped.find_first_of(std::string("\0\t\r\n", 4)) == std::string::npos);
    REQUIRE(escaped.size() == 256 + 5);
    REQUIRE(tab_unescaped(escaped) == every_byte);

    REQUIRE(tab_escaped("a\tb") == "a\001tb");
    REQUIRE(tab_escaped(std::string("\0\001\r\n", 4)) == "\0010\0011\001r\001n");
}

TEST_CASE("an unknown escape stands for itself, a lone one at the end is dropped, as in Dovecot", "[unit]")
{
    REQUIRE(tab_unescaped("a\001xb\001") == "axb");
    REQUIRE(tab_unescaped("\001\001") == "\001");
    REQUIRE(tab_unescaped("").empty());
}

TEST_CASE("a line is cut into its fields, empty ones included", "[unit]")
{
    std::string_view rest = "a\t\tb=c\t";
    REQUIRE(cut_field(rest) == "a");
    REQUIRE(cut_field(rest).empty());
    REQUIRE(cut_field(rest) == "b=c");
    REQUIRE(rest.empty());
    REQUIRE(cut_field(rest).empty());
}

TEST_CASE("a parameter is a name with or without a value", "[unit]")
{
    REQUIRE(parse_field("nologin") == DovecotField{"nologin", ""});
    REQUIRE(parse_field("a=b=c") == DovecotField{"a", "b=c"});
    REQUIRE(parse_field("home=/a\001tb") == DovecotField{"home", "/a\tb"});
    REQUIRE(parse_field("=x") == DovecotField{"", "x"});
    std::string line;
    append_fields(line, std::vector<DovecotField>{{"nologin", ""}, {"home", "/a\tb"}});
    REQUIRE(line == "\tnologin\thome=/a\001tb");
}

TEST_CASE("empty parameters and words are skipped", "[unit]")
{
    REQUIRE(parse_fields("\ta=b\t\tc\t=\t=x\t\001") == std::vector<DovecotField>{{"a", "b"}, {"c", ""}});
    REQUIRE(parse_words("\ta\001tb\t\tc=d\t\001") == std::vector<std::string>{"a\tb", "c=d"});
    REQUIRE(parse_fields("").empty());
}

TEST_CASE("a number is decimal, whole and fits 32 bits", "[unit]")
{
    REQUIRE(parse_number("0") == 0U);
    REQUIRE(parse_number("4294967295") == 4'294'967'295U);
    for (const std::string_view bad : {"", "4294967296", "-1", "+1", " 1", "1 ", "0x1", "1\n", "x"})
        REQUIRE_FALSE(parse_number(bad));
}
