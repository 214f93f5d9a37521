#pragma once

#include "base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

/// Where a KDC listens, as the configuration or an SRV record says.
struct KdcName {
    std::string host;
    std::uint16_t port = 88;

    bool operator==(const KdcName&) const = default;

    /// `host`, with `:port` where it is not the usual one.
    std::string text() const;
};

/// One address of a KDC.
struct Kdc {
    std::string name; ///< for people: KdcName::text()
    boost::asio::ip::tcp::endpoint endpoint;

    bool operator==(const Kdc&) const = default;
};

/// `host`, `host:port`, `address` or `[address]:port`. Error: `invalid`.
Result<KdcName> parse_kdc(const std::string& text);

/// The addresses of these KDCs, in order; of those that `_kerberos._tcp.REALM` names (RFC 4120 section 7.2.3.2) when
/// there are none. Asks as the system is configured; blocks, for the network pool. Error: `unavailable` when no KDC is
/// found.
Result<std::vector<Kdc>> find_kdcs(std::vector<KdcName> names, const std::string& realm);

} // namespace gatehouse::kerberos
