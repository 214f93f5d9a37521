#include "wire/pac_logon.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

using namespace gatehouse;

namespace
{
/// KERB_VALIDATION_INFO in NDR, piece by piece (MS-PAC section 2.5).
class Ndr
{
public:
    Ndr& number16(std::uint16_t value) { return number(value, 2); }
    Ndr& number32(std::uint32_t value) { return number(value, 4); }
    Ndr& zeros(std::size_t count)
    {
        bytes.append(count, '\0');
        return *this;
    }
    /// RPC_UNICODE_STRING: its head.
    Ndr& head(std::size_t characters)
    {
        const auto size = static_cast<std::uint16_t>(2 * characters);
        return number16(size).number16(size).number32(characters > 0 ? 0x20000U : 0U);
    }
    /// and its characters.
    Ndr& characters(std::size_t count)
    {
        if (count == 0)
            return *this;
        const auto number = static_cast<std::uint32_t>(count);
        number32(number).number32(0).number32(number);
        for (std::size_t i = 0; i < count; ++i)
            bytes.append("a\0", 2);
        return *this;
    }
    Ndr& sid(std::uint32_t a, std::uint32_t b, std::uint32_t c)
    {
        number32(4);
        bytes.append("\x01\x04\0\0\0\0\0\x05", 8);
        return number32(21).number32(a).number32(b).number32(c);
    }

    std::string bytes;

private:
    Ndr& number(std::uint32_t value, std::size_t size)
    {
        while (bytes.size() % size != 0)
            bytes += '\0';
        for (std::size_t i = 0; i < size; ++i)
            bytes += static_cast<char>(value >> (8 * i) & 0xff);
        return *this;
    }
};

struct Logon {
    std::uint32_t user = 1104;
    std::uint32_t groups = 3;
    std::size_t name = 5; // odd, so that what follows is aligned anew
    bool domain = true;
};

std::string logon_info(const Logon& logon)
{
    Ndr ndr;
    ndr.zeros(16).number32(0x20000).zeros(48);
    ndr.head(logon.name).head(logon.name).head(0).head(0).head(0).head(0);
    ndr.number16(1).number16(0).number32(logon.user).number32(513);
    ndr.number32(logon.groups).number32(logon.groups > 0 ? 0x20004 : 0).number32(0x20).zeros(16);
    ndr.head(3).head(6).number32(logon.domain ? 0x20008 : 0).zeros(60);
    ndr.characters(logon.name).characters(logon.name);
    if (logon.groups > 0) {
        ndr.number32(logon.groups);
        for (std::uint32_t i = 0; i < logon.groups; ++i)
            ndr.number32(513 + i).number32(7);
    }
    ndr.characters(3).characters(6);
    if (logon.domain)
        ndr.sid(1, 2, 3);
    return ndr.bytes;
}
} // namespace

TEST_CASE("a PAC's logon information names the domain and the person in it", "[unit]")
{
    for (const std::size_t name : {0U, 1U, 2U, 5U, 300U})
        for (const std::uint32_t groups : {0U, 1U, 1000U}) {
            const auto sid = wire::parse_pac_logon(logon_info({.groups = groups, .name = name}));
            REQUIRE(sid);
            REQUIRE(*sid == "S-1-5-21-1-2-3-1104");
        }
}

TEST_CASE("a PAC that ends early, or names nobody of its domain, is refused", "[unit]")
{
    const std::string whole = logon_info({});
    for (std::size_t size = 0; size < whole.size(); ++size)
        REQUIRE_FALSE(wire::parse_pac_logon(std::string_view(whole).substr(0, size)));
    REQUIRE_FALSE(wire::parse_pac_logon(logon_info({.domain = false})));
    REQUIRE_FALSE(wire::parse_pac_logon(logon_info({.user = 0})));
}
