#include "kerberos/kdc_lookup.hpp"

#include "base/name_lookup.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>

namespace gatehouse::kerberos
{

namespace ip = boost::asio::ip;

namespace
{
const std::string as_configured; // the name servers of the system

Result<std::vector<KdcName>> offered_for(const std::string& realm)
{
    const std::string service = "_kerberos._tcp." + realm;
    auto services = find_services(service, as_configured);
    if (!services)
        return std::unexpected(std::move(services.error()));
    std::vector<KdcName> names;
    for (ServiceRecord& record : in_order_of_preference(std::move(services->records)))
        names.push_back({std::move(record.host), record.port});
    if (names.empty())
        return unavailable("DNS has no record " + service + " (SRV); list the KDCs in kdcs");
    return names;
}
} // namespace

std::string KdcName::text() const
{
    if (port == 88)
        return host;
    return (host.find(':') != std::string::npos ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

Result<KdcName> parse_kdc(const std::string& text)
{
    KdcName name{text};
    boost::system::error_code not_an_address;
    ip::make_address(text, not_an_address);
    const std::size_t colon = text.rfind(':');
    const auto wrong = [&] {
        return invalid("\"" + text + "\" is no KDC (expected host, host:port, address or [address]:port)");
    };
    if (not_an_address && colon != std::string::npos && !text.ends_with(']')) {
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, name.port);
        if (error != std::errc{} || rest != end || name.port == 0)
            return wrong();
        name.host = text.substr(0, colon);
    }
    if (name.host.starts_with('[') && name.host.ends_with(']'))
        name.host = name.host.substr(1, name.host.size() - 2);
    else if (not_an_address && name.host.find(':') != std::string::npos)
        return wrong();
    if (name.host.empty() || name.host.find_first_of(" \t/[]") != std::string::npos)
        return wrong();
    return name;
}

Result<std::vector<Kdc>> find_kdcs(std::vector<KdcName> names, const std::string& realm)
{
    if (names.empty()) {
        auto offered = offered_for(realm);
        if (!offered)
            return std::unexpected(std::move(offered.error()));
        names = std::move(*offered);
    }
    std::vector<Kdc> kdcs;
    std::string trouble;
    for (const KdcName& name : names) {
        const auto addresses = find_addresses(name.host, as_configured);
        if (!addresses)
            trouble = addresses.error().text;
        else
            for (const ip::address& address : *addresses)
                kdcs.push_back({name.text(), {address, name.port}});
    }
    if (kdcs.empty())
        return unavailable("no KDC of realm " + realm + " has an address: " + trouble);
    return kdcs;
}

} // namespace gatehouse::kerberos
