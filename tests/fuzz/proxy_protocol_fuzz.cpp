// The PROXY protocol's header: the same however it is cut, nothing beyond it is taken, and what it tells is written and
// read again to the same.
//
// covers: mail/codec/proxy_protocol.cpp
#include "codec/proxy_protocol.hpp"
#include "fuzz.hpp"

#include <arpa/inet.h>

#include <array>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using codec::ProxiedPeer;
using codec::ProxyHeaderReader;

namespace
{
struct Outcome {
    bool failed = false;
    bool whole = false;
    std::size_t taken = 0;
    ProxiedPeer peer{};

    bool operator==(const Outcome&) const = default;
};

/// At most `most` bytes at once.
Outcome read(std::string_view stream, std::size_t most)
{
    ProxyHeaderReader reader;
    Outcome outcome;
    while (const std::size_t needed = reader.needs()) {
        const std::string_view piece = stream.substr(outcome.taken, std::min(needed, most));
        if (piece.empty())
            return outcome;
        outcome.taken += piece.size();
        require(outcome.taken <= ProxyHeaderReader::longest);
        if (!reader.feed(bytes_of(piece))) {
            outcome.failed = true;
            return outcome;
        }
    }
    outcome.whole = true;
    outcome.peer = reader.peer();
    return outcome;
}

/// As inet_ntop writes it; empty: it is none.
std::string normal(const std::string& text)
{
    std::array<unsigned char, 16> bytes;
    std::array<char, INET6_ADDRSTRLEN> out{};
    for (const int family : {AF_INET, AF_INET6})
        if (::inet_pton(family, text.c_str(), bytes.data()) == 1)
            return ::inet_ntop(family, bytes.data(), out.data(), out.size());
    return {};
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    const std::string_view stream = text_of(bytes, size);
    const Outcome whole = read(stream, SIZE_MAX);
    for (const std::size_t most : {std::size_t{1}, std::size_t{7}})
        require(read(stream, most) == whole);
    if (!whole.whole)
        return 0;
    const std::string_view header = stream.substr(0, whole.taken);
    require(header.starts_with("PROXY ") ? header.find('\n') + 1 == header.size() : header.starts_with("\r\n\r\n"));
    planted_bug(header); // of version 1, since an address of version 2 is no text
    if (whole.peer.source.empty()) {
        require(whole.peer == ProxiedPeer{});
        return 0;
    }
    ProxiedPeer expected = whole.peer;
    expected.source = normal(expected.source);
    expected.destination = normal(expected.destination);
    require(!expected.source.empty() && !expected.destination.empty());
    const std::string written = codec::format_proxy_header(whole.peer);
    const Outcome again = read(written, SIZE_MAX);
    require(again.whole && again.taken == written.size() && again.peer == expected);
    return 0;
}
