#include "wire/ntlm_message.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

using namespace gatehouse;

namespace
{
const std::string signature("NTLMSSP\0", 8);

std::string number(std::uint32_t value, std::size_t size)
{
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
}

std::string utf16(std::string_view ascii)
{
    std::string bytes;
    for (const char c : ascii)
        (bytes += c) += '\0';
    return bytes;
}

/// AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) with nothing but its names.
std::string answer(const std::string& domain, const std::string& user)
{
    const std::size_t payload = 64;
    std::string bytes = signature + number(3, 4) + std::string(16, '\0');
    const auto field = [&](const std::string& text, std::size_t at) {
        bytes += number(static_cast<std::uint32_t>(text.size()), 2) +
                 number(static_cast<std::uint32_t>(text.size()), 2) + number(static_cast<std::uint32_t>(at), 4);
    };
    field(domain, payload);
    field(user, payload + domain.size());
    bytes.resize(payload, '\0');
    return bytes + domain + user;
}
} // namespace

TEST_CASE("NTLM: whom an answer names, in Unicode and without", "[unit]")
{
    CHECK(wire::claimed_login(answer(utf16("CAMPUS"), utf16("alice")), true).value() == "CAMPUS\\alice");
    CHECK(wire::claimed_login(answer("CAMPUS", "alice"), false).value() == "CAMPUS\\alice");
    CHECK(wire::claimed_login(answer({}, utf16("alice")), true).value() == "alice");
    CHECK(wire::claimed_login(answer({}, utf16("alice@campus.example")), true).value() == "alice@campus.example");
    CHECK(wire::claimed_login(answer(utf16("ELSEWHERE"), utf16("alice@campus.example")), true).value() ==
          "alice@campus.example");
    CHECK(wire::claimed_login(answer(utf16("CAMPUS"), std::string("\xe9\x00", 2)), true).value() == "CAMPUS\\\xc3\xa9");
}

TEST_CASE("NTLM: an answer that names nobody for certain is none", "[unit]")
{
    CHECK_FALSE(wire::claimed_login(answer(utf16("CAMPUS"), {}), true).has_value());
    CHECK_FALSE(wire::claimed_login(answer("CAMPUS", "\xe9"), false).has_value());              // of which code page?
    CHECK_FALSE(wire::claimed_login(answer({}, std::string("\x00\xd8", 2)), true).has_value()); // half a surrogate pair
    CHECK_FALSE(wire::claimed_login(answer({}, "a"), true).has_value());                        // half a character
    CHECK_FALSE(wire::claimed_login(answer({}, std::string(2048, 'a')), false).has_value());
}

TEST_CASE("NTLM: an answer that is cut anywhere before its end does not parse", "[unit]")
{
    const std::string whole = answer(utf16("CAMPUS"), utf16("alice"));
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(wire::claimed_login(whole.substr(0, size), true).has_value());
    std::string outside = whole;
    outside.replace(40, 4, number(0xfffffff0U, 4));
    CHECK_FALSE(wire::claimed_login(outside, true).has_value());
}

TEST_CASE("NTLM: a message is found in a token, and two are none", "[unit]")
{
    CHECK(wire::find_ntlm_message("no").value() == std::nullopt);
    const std::string first = signature + number(1, 4) + std::string(20, '\0');
    const std::string wrapped = "\xa1\x30" + first;
    const auto found = wire::find_ntlm_message(wrapped).value();
    REQUIRE(found.has_value());
    CHECK(found->type == wire::NtlmType::negotiate);
    CHECK(found->bytes == first);
    CHECK_FALSE(wire::find_ntlm_message(first + first).has_value());
    CHECK_FALSE(wire::find_ntlm_message(signature + number(4, 4)).has_value());
    CHECK_FALSE(wire::find_ntlm_message(signature + "\1").has_value());
}

TEST_CASE("NTLM: a first message without its optional fields gets empty ones, and offers no signing", "[unit]")
{
    const auto whole = [](const std::string& bytes) { return wire::in_library_form(**wire::find_ntlm_message(bytes)); };
    const std::string bare = signature + number(1, 4) + number(0x00088206, 4);
    const std::string taken = signature + number(1, 4) + number(0x00080206, 4) + std::string(24, '\0');
    CHECK(whole(bare) == taken);
    CHECK(whole(bare + std::string(16, '\0')) == taken);
    const std::string longer = bare + std::string(30, 'x');
    CHECK(whole(longer) == longer);
    const std::string with_version = signature + number(1, 4) + number(0x02088206, 4);
    CHECK(whole(with_version) == with_version);
    const std::string cut = bare.substr(0, 14);
    CHECK(whole(cut) == cut);
}

TEST_CASE("NTLM: what a challenge settles on", "[unit]")
{
    const std::string before = signature + number(2, 4) + std::string(8, '\0');
    CHECK(wire::speaks_unicode(before + number(0x00008201, 4)).value());
    CHECK_FALSE(wire::speaks_unicode(before + number(0x00008202, 4)).value());
    CHECK_FALSE(wire::speaks_unicode(before).has_value());
}
