#include "wire/negotiation.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace gatehouse;
using wire::GssMechanism;

namespace
{
const std::string kerberos = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
const std::string kerberos_of_windows = "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02";
const std::string ntlm = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
const std::string unknown = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e";

std::string element(char tag, const std::string& contents)
{
    return std::string{tag, static_cast<char>(contents.size())} + contents;
}

/// NegTokenInit with this list.
std::string init(const std::vector<std::string>& mechanisms, const std::string& token = {})
{
    std::string list;
    for (const std::string& each : mechanisms)
        list += element('\x06', each);
    std::string fields = element('\xa0', element('\x30', list));
    if (!token.empty())
        fields += element('\xa2', element('\x04', token));
    return element('\x60', element('\x06', "\x2b\x06\x01\x05\x05\x02") + element('\xa0', element('\x30', fields)));
}
} // namespace

TEST_CASE("SPNEGO: the first known mechanism of the client's list is its wish", "[unit]")
{
    CHECK(wire::first_wish(init({kerberos, ntlm})) == GssMechanism::kerberos);
    CHECK(wire::first_wish(init({kerberos_of_windows, kerberos, unknown, ntlm})) == GssMechanism::kerberos);
    CHECK(wire::first_wish(init({unknown, ntlm, kerberos})) == GssMechanism::ntlm);
    CHECK(wire::first_wish(init({unknown})) == GssMechanism::other);
    CHECK(wire::first_wish(init({})) == GssMechanism::other);
}

TEST_CASE("SPNEGO: bytes of Kerberos elsewhere in a token are no wish for it", "[unit]")
{
    CHECK(wire::first_wish(init({ntlm}, element('\x06', kerberos))) == GssMechanism::ntlm);
    CHECK(wire::first_wish(init({element('\x06', kerberos), ntlm})) == GssMechanism::ntlm); // inside of a longer one
    CHECK(wire::first_wish(init({kerberos + '\x01', ntlm})) == GssMechanism::ntlm);
}

TEST_CASE("SPNEGO: what is cut or no list at all has no wish", "[unit]")
{
    const std::string whole = init({kerberos, ntlm});
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(wire::first_wish(whole.substr(0, size)) == GssMechanism::other);
    CHECK(wire::first_wish(element('\x60', element('\x06', kerberos) + "\x01\x00")) == GssMechanism::other);
    CHECK(wire::first_wish("NTLMSSP") == GssMechanism::other);
    std::string primitive = init({kerberos}); // DER has one form of each element
    primitive.front() = '\x40';
    CHECK(wire::first_wish(primitive) == GssMechanism::other);
    CHECK(wire::first_wish(std::string("\x60\x80\x06\x06\x2b\x06\x01\x05\x05\x02\x00\x00", 12)) == GssMechanism::other);
}
