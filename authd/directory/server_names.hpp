#pragma once

#include "base/name_lookup.hpp"
#include "directory/settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::directory
{

// Where the settings say that a realm's servers are.

struct HostPort {
    std::string host; ///< without brackets
    std::uint16_t port = 0;

    bool operator==(const HostPort&) const = default;
};

/// 636 for ldaps, else 389.
std::uint16_t default_port(TlsMode mode);
/// host, host:port, [v6]:port or a bare IPv6 address; `port` where none is given.
HostPort split_host(const std::string& text, std::uint16_t port);
/// Records name the port of ldap://; with ldaps the standard one becomes 636.
HostPort place_of(const ServiceRecord& record, TlsMode mode);

/// MS-ADTS section 6.3.2.3: the site's domain controllers, then all of the domain. Empty without an srv_domain.
std::vector<std::string> domain_controller_records(const ServerSettings& servers);
/// RFC 2782 and RFC 4511: the domain's LDAP servers. Empty without an srv_domain.
std::vector<std::string> ldap_records(const ServerSettings& servers);

} // namespace gatehouse::directory
