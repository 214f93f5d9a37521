#include "directory/server_names.hpp"

#include <algorithm>
#include <cstdlib>

namespace gatehouse::directory
{

std::uint16_t default_port(TlsMode mode)
{
    return mode == TlsMode::ldaps ? 636 : 389;
}

HostPort split_host(const std::string& text, std::uint16_t port)
{
    const std::size_t colon = text.rfind(':');
    HostPort place{text, port};
    if (colon != std::string::npos && colon > 0 && (text.find(':') == colon || text[colon - 1] == ']')) {
        place.host = text.substr(0, colon);
        place.port = static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10));
    }
    std::erase_if(place.host, [](char c) { return c == '[' || c == ']'; });
    return place;
}

HostPort place_of(const ServiceRecord& record, TlsMode mode)
{
    return {record.host, record.port == 389 ? default_port(mode) : record.port};
}

std::vector<std::string> domain_controller_records(const ServerSettings& servers)
{
    std::vector<std::string> names;
    if (servers.srv_domain.empty())
        return names;
    if (!servers.site.empty())
        names.push_back("_ldap._tcp." + servers.site + "._sites.dc._msdcs." + servers.srv_domain);
    names.push_back("_ldap._tcp.dc._msdcs." + servers.srv_domain);
    return names;
}

std::vector<std::string> ldap_records(const ServerSettings& servers)
{
    if (servers.srv_domain.empty())
        return {};
    return {"_ldap._tcp." + servers.srv_domain};
}

} // namespace gatehouse::directory
