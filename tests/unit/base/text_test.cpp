#include "base/text.hpp"

#include "../wire/pieces.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::test;

TEST_CASE("case is folded in ASCII only", "[unit]")
{
    REQUIRE(text::lower("aBZ[@`{\xC3\x84") == "abz[@`{\xC3\x84");
    REQUIRE(text::equal_ignoring_case("CAMPUS.Example", "campus.EXAMPLE"));
    REQUIRE_FALSE(text::equal_ignoring_case("campus", "campus."));
    REQUIRE_FALSE(text::equal_ignoring_case("\xC3\x84", "\xC3\xA4"));
    REQUIRE_FALSE(text::equal_ignoring_case("@", "`"));
}

TEST_CASE("UTF-8 is what RFC 3629 says", "[unit]")
{
    for (const std::string_view good :
         {"", "alice", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
          "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "J\xC3\xBCrgen"})
        REQUIRE(text::is_utf8(good));
    for (const std::string_view bad : {"\x80",
                                       "\xBF",
                                       "\xC0\x80",
                                       "\xC1\xBF",
                                       "\xC2",
                                       "\xC2\x41",
                                       "\xE0\x80\x80",
                                       "\xE0\x9F\xBF",
                                       "\xE2\x82",
                                       "\xED\xA0\x80",
                                       "\xED\xBF\xBF",
                                       "\xF0\x80\x80\x80",
                                       "\xF0\x8F\xBF\xBF",
                                       "\xF0\x90\x80",
                                       "\xF4\x90\x80\x80",
                                       "\xF5\x80\x80\x80",
                                       "\xFF",
                                       "\xFE",
                                       "a\xC3",
                                       "\xE2\x82\x41",
                                       "\xF0\x90\x41\x80",
                                       "\xC2\xC2"})
        REQUIRE_FALSE(text::is_utf8(bad));
}

TEST_CASE("control characters are C0, DEL and C1, and nothing else", "[unit]")
{
    for (int c = 0; c < 0x80; ++c)
        REQUIRE(text::has_control(std::string("a") + static_cast<char>(c) + "b") == (c < 0x20 || c == 0x7F));
    REQUIRE(text::has_control("\xC2\x80"));
    REQUIRE(text::has_control("a\xC2\x9F"));
    REQUIRE_FALSE(text::has_control("\xC2\xA0"));
    REQUIRE_FALSE(text::has_control("\xC3\x80")); // U+00C0: its second byte alone means nothing
}

TEST_CASE("the nearest word is found within two edits", "[unit]")
{
    constexpr std::array<std::string_view, 3> keys = {"verify", "mode", "ca_file"};
    REQUIRE(text::nearest("verifiy", keys) == "verify");
    REQUIRE(text::nearest("cafile", keys) == "ca_file");
    REQUIRE(text::nearest("mdoe", keys) == "mode");
    REQUIRE(text::nearest("password", keys).empty());
    REQUIRE(text::nearest("", keys).empty());
}

TEST_CASE("a text is split at each separator and joined again", "[unit]")
{
    REQUIRE(text::split("", ',') == std::vector<std::string_view>{""});
    REQUIRE(text::split(",a,,b,", ',') == std::vector<std::string_view>{"", "a", "", "b", ""});
    REQUIRE(text::join(std::vector<std::string>{"a", "", "b"}, ", ") == "a, , b");
    REQUIRE(text::join({}, ", ").empty());
}

TEST_CASE("base64 has the test vectors of RFC 4648", "[unit]")
{
    const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"},
                                                                      {"\xFB\xFF\xBF", "+/+/"}};
    for (const auto& [plain, encoded] : vectors) {
        REQUIRE(text::base64(bytes_of(plain)) == encoded);
        REQUIRE(text::decode_base64(encoded).value().view() == plain);
    }
}

TEST_CASE("base64 takes nothing but its alphabet, whole and padded", "[unit]")
{
    for (const std::string_view bad : {"Z", "Zg", "Zg=", "Zg==Zg==", "=", "==", "====", "Zm9v=", "Z===", "Zm 9v",
                                       "Zm9v\n", " Zm9v", "Zm9-", "Zm9_", "Zm=v", "Zm9v====", "\xFF\xFF\xFF\xFF"}) {
        const auto decoded = text::decode_base64(bad);
        REQUIRE_FALSE(decoded);
        REQUIRE(decoded.error().kind == ErrorKind::invalid);
    }
    REQUIRE_FALSE(text::decode_base64(std::string("Zm\0v", 4)));
}

TEST_CASE("base64 of secrets is right over the seams of its pieces, and tells a full arena", "[unit]")
{
    for (const std::size_t size : {36 * 1024 - 1, 36 * 1024, 36 * 1024 + 1, 36 * 1024 + 2, 36 * 1024 + 3, 100'000}) {
        std::string plain(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            plain[i] = static_cast<char>(i * 31 >> 3);
        const std::string encoded = text::base64(bytes_of(plain));
        REQUIRE(text::decode_base64(encoded).value().view() == plain);
        for (const std::size_t at : {std::size_t{0}, 48UL * 1024 - 1, 48UL * 1024, encoded.size() - 1}) {
            std::string broken = encoded;
            broken[std::min(at, encoded.size() - 1)] = '!';
            REQUIRE_FALSE(text::decode_base64(broken));
        }
    }
    const FullArena full;
    REQUIRE(text::decode_base64("Zm9v").error().kind == ErrorKind::limit);
}

TEST_CASE("base64url is base64 with '-' and '_' and without padding, and each text is of one value", "[unit]")
{
    std::string all;
    for (int length = 0; length < 70; ++length) {
        const std::string encoded = text::base64url(bytes_of(all));
        REQUIRE(encoded.find_first_of("+/=") == std::string::npos);
        REQUIRE(text::decode_base64url(encoded).value().view() == all);
        all += static_cast<char>(0xff - 5 * length);
    }
    REQUIRE(text::base64url(bytes_of("\xfb\xff\xfe")) == "-__-");
    REQUIRE(text::base64url(bytes_of("f")) == "Zg");
    for (const std::string_view bad :
         {"Zg==", "Zg=", "Z", "Zh", "Zm9vYmF", "Zm9vYmFy+", "Zm 9", "+w", "_w/", "Zm9vY"}) {
        INFO(bad);
        REQUIRE_FALSE(text::decode_base64url(bad));
    }
}
