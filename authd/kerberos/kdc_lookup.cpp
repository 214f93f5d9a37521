#include "kerberos/kdc_lookup.hpp"

#include <boost/asio/ip/address.hpp>

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <random>
#include <tuple>

namespace gatehouse::kerberos
{

namespace
{
namespace ip = boost::asio::ip;

/// An SRV record (RFC 2782).
struct Offer {
    std::uint16_t priority = 0;
    double draw = 0; ///< within a priority the smaller is asked first; a heavier record draws smaller ones
    KdcName name;
};

/// A resolver of this call's own (resolver(3)), with short waits.
class Resolver
{
public:
    Resolver() : ready_(::res_ninit(&state_) == 0)
    {
        state_.retrans = 1; // seconds for the first try; the second waits twice as long
        state_.retry = 2;
    }
    ~Resolver() { ::res_nclose(&state_); }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// The answer's bytes; none: nobody answers, or there is no such record.
    std::vector<std::uint8_t> services(const std::string& name)
    {
        std::vector<std::uint8_t> answer(64 * 1024);
        const int size = ready_ ? ::res_nquery(&state_, name.c_str(), ns_c_in, ns_t_srv, answer.data(),
                                               static_cast<int>(answer.size()))
                                : -1;
        answer.resize(std::min(static_cast<std::size_t>(std::max(size, 0)), answer.size()));
        return answer;
    }

private:
    struct __res_state state_{};
    bool ready_;
};

std::vector<Offer> parse_offers(const std::vector<std::uint8_t>& answer)
{
    std::vector<Offer> offers;
    std::minstd_rand generator(std::random_device{}());
    ns_msg message;
    if (answer.empty() || ::ns_initparse(answer.data(), static_cast<int>(answer.size()), &message) != 0)
        return offers;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record;
        char host[NS_MAXDNAME];
        if (::ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_srv ||
            ns_rr_rdlen(record) < 7)
            continue;
        const std::uint8_t* const data = ns_rr_rdata(record);
        if (::ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), data + 6, host, sizeof host) < 0)
            continue;
        if (host[0] == '\0' || std::string_view(host) == ".") // says that the service is not offered
            continue;
        std::exponential_distribution<double> draw(static_cast<double>(ns_get16(data + 2)) + 0.001);
        offers.push_back({static_cast<std::uint16_t>(ns_get16(data)), draw(generator),
                          KdcName{host, static_cast<std::uint16_t>(ns_get16(data + 4))}});
    }
    return offers;
}

std::vector<KdcName> offered_for(const std::string& realm)
{
    std::vector<Offer> offers = parse_offers(Resolver().services("_kerberos._tcp." + realm));
    std::ranges::sort(offers, {}, [](const Offer& offer) { return std::tuple(offer.priority, offer.draw); });
    std::vector<KdcName> names;
    for (Offer& offer : offers)
        names.push_back(std::move(offer.name));
    return names;
}

void add_addresses(const KdcName& name, std::vector<Kdc>& kdcs)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.host.c_str(), nullptr, &hints, &found) != 0)
        return;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
        ip::tcp::endpoint endpoint;
        if (info->ai_addrlen > endpoint.capacity())
            continue;
        std::memcpy(endpoint.data(), info->ai_addr, info->ai_addrlen);
        endpoint.port(name.port);
        kdcs.push_back({name.text(), endpoint});
    }
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
    const bool from_dns = names.empty();
    if (from_dns)
        names = offered_for(realm);
    if (names.empty())
        return unavailable("DNS names no KDC: no answer about _kerberos._tcp." + realm +
                           " (SRV), or no such record; "
                           "else list them in kdcs");
    std::vector<Kdc> kdcs;
    for (const KdcName& name : names)
        add_addresses(name, kdcs);
    if (kdcs.empty())
        return unavailable("no KDC of realm " + realm + " has an address (the first is " + names.front().text() + ")");
    return kdcs;
}

} // namespace gatehouse::kerberos
