#pragma once

#include "base/result.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The PROXY protocol, versions 1 and 2, in which a load balancer tells whom a connection comes from (HAProxy's
/// proxy-protocol.txt, 2020).
namespace gatehouse::codec
{

/// Whose connection it is. Both addresses are empty where the balancer speaks for itself (LOCAL, UNKNOWN).
struct ProxiedPeer {
    std::string source; ///< an address of IPv4 or IPv6 as text
    std::uint16_t source_port = 0;
    std::string destination;
    std::uint16_t destination_port = 0;

    bool operator==(const ProxiedPeer&) const = default;
};

/// A header that arrives before everything else.
class ProxyHeaderReader
{
public:
    static constexpr std::size_t longest = 16 + 2048; ///< bytes of a header; a longer one is refused

    /// How many bytes are needed next: never more than what belongs to the header. 0: it is whole.
    std::size_t needs() const;
    /// Takes bytes, no more than `needs` says. Error: `malformed`, `too_long`; final.
    Result<void, wire::WireError> feed(std::span<const std::uint8_t> bytes);
    /// Once it is whole.
    const ProxiedPeer& peer() const { return peer_; }

private:
    Result<void, wire::WireError> take_text();
    Result<void, wire::WireError> take_binary();

    std::string held_;
    bool whole_ = false;
    ProxiedPeer peer_;
};

/// A header of version 2 for a connection that we make for `peer`. Not set: LOCAL.
std::string format_proxy_header(const std::optional<ProxiedPeer>& peer);

} // namespace gatehouse::codec
