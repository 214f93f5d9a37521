#include "codec/proxy_protocol.hpp"
#include "transcript.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse::codec;
using namespace gatehouse::codec::test;
using gatehouse::wire::WireError;

namespace
{

/// Feeds as much as is asked for. What is left of `text` belongs to the protocol behind the header.
gatehouse::Result<ProxiedPeer, WireError> read(std::string_view& text)
{
    ProxyHeaderReader reader;
    while (const std::size_t needs = reader.needs()) {
        if (text.empty())
            return std::unexpected(WireError::malformed);
        const std::string_view piece = text.substr(0, needs);
        text.remove_prefix(piece.size());
        if (const auto fed = reader.feed(bytes_of(piece)); !fed)
            return std::unexpected(fed.error());
    }
    return reader.peer();
}

gatehouse::Result<ProxiedPeer, WireError> read_all(std::string_view text)
{
    return read(text);
}

} // namespace

TEST_CASE("PROXY protocol 1: takes its line and no byte more", "[codec]")
{
    std::string_view text = "PROXY TCP4 192.0.2.1 192.0.2.2 4711 993\r\nGET";
    CHECK(read(text) == ProxiedPeer{"192.0.2.1", 4711, "192.0.2.2", 993});
    CHECK(text == "GET");
    CHECK(read_all("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n") ==
          ProxiedPeer{"2001:db8::1", 1, "2001:db8::2", 65535});
    CHECK(read_all("PROXY UNKNOWN\r\n") == ProxiedPeer{});
    CHECK(read_all("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n") == ProxiedPeer{});
}

TEST_CASE("PROXY protocol 1: what is none is refused", "[codec]")
{
    for (const std::string_view text :
         {"a1 CAPABILITY\r\nx LOGIN", "PROXY TCP4 192.0.2.1 192.0.2.2 4711\r\n", "PROXY TCP4 ::1 ::2 1 2\r\n",
          "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 1\r\n",
          "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 4711 993 \r\n",
          "PROXY TCP4 192.0.2.1 192.0.2.2 4711 993\n"}) {
        CAPTURE(text);
        CHECK(read_all(text) == std::unexpected(WireError::malformed));
    }
    const std::string endless = "PROXY TCP4 " + std::string(200, '1');
    CHECK(read_all(endless) == std::unexpected(WireError::too_long));
}

TEST_CASE("PROXY protocol 2: what is written is read again, with what follows left alone", "[codec]")
{
    for (const ProxiedPeer& peer :
         {ProxiedPeer{"192.0.2.1", 4711, "192.0.2.2", 993}, ProxiedPeer{"2001:db8::1", 1, "2001:db8::2", 65535}}) {
        const std::string header = format_proxy_header(peer) + "rest";
        std::string_view text = header;
        CHECK(read(text) == peer);
        CHECK(text == "rest");
    }
    CHECK(read_all(format_proxy_header(std::nullopt)) == ProxiedPeer{});
    CHECK(read_all(format_proxy_header(ProxiedPeer{"nonsense", 1, "x", 2})) == ProxiedPeer{});
}

TEST_CASE("PROXY protocol 2: lengths and words that are wrong", "[codec]")
{
    std::string header = format_proxy_header(ProxiedPeer{"192.0.2.1", 4711, "192.0.2.2", 993});
    std::string version = header;
    version[12] = '\x11';
    CHECK(read_all(version) == std::unexpected(WireError::malformed));
    std::string short_body = header;
    short_body[15] = 4;
    CHECK(read_all(short_body) == std::unexpected(WireError::malformed));
    std::string large = header;
    large[14] = '\x20';
    CHECK(read_all(large) == std::unexpected(WireError::too_long));
    std::string more = header + std::string("\x04\x00\x01x", 4); // an extension that we do not know
    more[15] = 16;
    CHECK(read_all(more) == ProxiedPeer{"192.0.2.1", 4711, "192.0.2.2", 993});
}
