#pragma once

#include "base/result.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse
{

/// One server that an SRV record names (RFC 2782).
struct ServiceRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string host; ///< without the final dot

    bool operator==(const ServiceRecord&) const = default;
};

struct ServiceRecords {
    std::vector<ServiceRecord> records; ///< as the name server gave them
    std::chrono::seconds lifetime{0};   ///< the shortest TTL
};

/// The addresses of a host. Blocks: for the network pool. `dns_server` empty: the system's way, with /etc/hosts; else
/// that name server alone is asked. Error: `unavailable`, with the name.
Result<std::vector<boost::asio::ip::address>> find_addresses(const std::string& host, const std::string& dns_server);

/// The SRV records of `name`. Blocks. No such records: an empty list. Error: `unavailable` when nobody answers.
Result<ServiceRecords> find_services(const std::string& name, const std::string& dns_server);

/// The SRV records of a DNS message; a message that does not parse has none.
ServiceRecords parse_services(const std::vector<std::uint8_t>& answer);

/// RFC 2782's order: by priority, and within one by a draw in which a heavier record is likelier to come first.
/// `draw(n)` gives a number from 0 to n.
std::vector<ServiceRecord> in_order_of_preference(std::vector<ServiceRecord> records,
                                                  const std::function<std::uint32_t(std::uint32_t)>& draw);
std::vector<ServiceRecord> in_order_of_preference(std::vector<ServiceRecord> records);

} // namespace gatehouse
