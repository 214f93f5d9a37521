#include "base/name_lookup.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

namespace gatehouse
{

namespace
{
namespace ip = boost::asio::ip;

/// `address`, `address:port` or `[address]:port`.
struct NameServer {
    ip::address address;
    std::uint16_t port = 53;
};

Result<NameServer> parse_name_server(std::string text)
{
    NameServer server;
    const std::string whole = text;
    const std::size_t colon = text.rfind(':');
    if (colon != std::string::npos && colon > 0 && (text.find(':') == colon || text[colon - 1] == ']')) {
        server.port = static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10));
        text.resize(colon);
    }
    std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
    boost::system::error_code error;
    server.address = ip::make_address(text, error);
    if (error)
        return invalid("dns_server: \"" + whole + "\" is not an address");
    return server;
}

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

    void ask_only(const NameServer& server)
    {
        state_.nscount = 1;
        if (server.address.is_v4()) {
            sockaddr_in& v4 = state_.nsaddr_list[0];
            v4.sin_family = AF_INET;
            v4.sin_port = htons(server.port);
            v4.sin_addr.s_addr = htonl(server.address.to_v4().to_uint());
            return;
        }
        auto* const v6 = static_cast<sockaddr_in6*>(std::calloc(1, sizeof(sockaddr_in6))); // res_nclose frees it
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(server.port);
        std::memcpy(&v6->sin6_addr, server.address.to_v6().to_bytes().data(), 16);
        std::free(state_._u._ext.nsaddrs[0]);
        state_._u._ext.nsaddrs[0] = v6;
        state_.nsaddr_list[0].sin_family = 0;
    }

    /// The answer's bytes; none: no such name or record.
    Result<std::vector<std::uint8_t>> ask(const std::string& name, int type)
    {
        std::vector<std::uint8_t> answer(64 * 1024);
        const int size =
            ready_ ? ::res_nquery(&state_, name.c_str(), ns_c_in, type, answer.data(), static_cast<int>(answer.size()))
                   : -1;
        if (size < 0 && ready_ && (state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA))
            return std::vector<std::uint8_t>{};
        if (size < 0)
            return unavailable("no name server answers about " + name);
        answer.resize(std::min(static_cast<std::size_t>(size), answer.size()));
        return answer;
    }

private:
    struct __res_state state_{};
    bool ready_;
};

/// Calls `take(record, message)` for each record of `type` in the answer section.
template <class Take>
void for_each_record(const std::vector<std::uint8_t>& answer, int type, Take take)
{
    ns_msg message;
    if (answer.empty() || ::ns_initparse(answer.data(), static_cast<int>(answer.size()), &message) != 0)
        return;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record;
        if (::ns_parserr(&message, ns_s_an, i, &record) == 0 && ns_rr_type(record) == type)
            take(record, message);
    }
}

Result<std::vector<ip::address>> ask_system(const std::string& host)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0)
        return unavailable("no address for " + host + ": " + ::gai_strerror(code));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    std::vector<ip::address> addresses;
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
        boost::asio::ip::tcp::endpoint endpoint;
        if (info->ai_addrlen > endpoint.capacity())
            continue;
        std::memcpy(endpoint.data(), info->ai_addr, info->ai_addrlen);
        addresses.push_back(endpoint.address());
    }
    return addresses;
}
} // namespace

Result<std::vector<ip::address>> find_addresses(const std::string& host, const std::string& dns_server)
{
    boost::system::error_code not_literal;
    if (const auto address = ip::make_address(host, not_literal); !not_literal)
        return std::vector{address};
    if (dns_server.empty())
        return ask_system(host);

    const auto server = parse_name_server(dns_server);
    if (!server)
        return std::unexpected(server.error());
    Resolver resolver;
    resolver.ask_only(*server);
    std::vector<ip::address> addresses;
    for (const auto& [type, size] : {std::pair{ns_t_a, 4}, std::pair{ns_t_aaaa, 16}}) {
        const auto answer = resolver.ask(host, type);
        if (!answer && addresses.empty())
            return std::unexpected(answer.error());
        if (!answer)
            break;
        for_each_record(*answer, type, [&](ns_rr& record, ns_msg&) {
            if (ns_rr_rdlen(record) != size)
                return;
            if (size == 4) {
                ip::address_v4::bytes_type bytes;
                std::memcpy(bytes.data(), ns_rr_rdata(record), bytes.size());
                addresses.emplace_back(ip::address_v4(bytes));
            } else {
                ip::address_v6::bytes_type bytes;
                std::memcpy(bytes.data(), ns_rr_rdata(record), bytes.size());
                addresses.emplace_back(ip::address_v6(bytes));
            }
        });
    }
    if (addresses.empty())
        return unavailable("no address for " + host);
    return addresses;
}

Result<ServiceRecords> find_services(const std::string& name, const std::string& dns_server)
{
    Resolver resolver;
    if (!dns_server.empty()) {
        const auto server = parse_name_server(dns_server);
        if (!server)
            return std::unexpected(server.error());
        resolver.ask_only(*server);
    }
    const auto answer = resolver.ask(name, ns_t_srv);
    if (!answer)
        return std::unexpected(answer.error());
    return parse_services(*answer);
}

ServiceRecords parse_services(const std::vector<std::uint8_t>& answer)
{
    ServiceRecords services;
    for_each_record(answer, ns_t_srv, [&](ns_rr& record, ns_msg& message) {
        char host[NS_MAXDNAME];
        const std::uint8_t* const rdata = ns_rr_rdata(record);
        if (ns_rr_rdlen(record) < 7 ||
            ::ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), rdata + 6, host, sizeof host) < 0)
            return;
        const std::chrono::seconds lifetime(ns_rr_ttl(record));
        services.lifetime = services.records.empty() ? lifetime : std::min(services.lifetime, lifetime);
        ServiceRecord service{static_cast<std::uint16_t>(ns_get16(rdata)),
                              static_cast<std::uint16_t>(ns_get16(rdata + 2)),
                              static_cast<std::uint16_t>(ns_get16(rdata + 4)), host};
        if (service.host.ends_with('.'))
            service.host.pop_back();
        if (!service.host.empty()) // "." says that the service is not offered
            services.records.push_back(std::move(service));
    });
    return services;
}

std::vector<ServiceRecord> in_order_of_preference(std::vector<ServiceRecord> records,
                                                  const std::function<std::uint32_t(std::uint32_t)>& draw)
{
    // Zero weights first, so that they are drawn only when the draw is zero (RFC 2782, "Weight").
    std::ranges::sort(records, {},
                      [](const ServiceRecord& record) { return std::pair(record.priority, record.weight != 0); });
    for (auto first = records.begin(); first != records.end(); ++first) {
        const auto last = std::find_if(first, records.end(),
                                       [&](const ServiceRecord& record) { return record.priority != first->priority; });
        std::uint32_t sum = 0;
        for (auto record = first; record != last; ++record)
            sum += record->weight;
        const std::uint32_t drawn = draw(sum);
        std::uint32_t running = 0;
        const auto chosen =
            std::find_if(first, last, [&](const ServiceRecord& record) { return (running += record.weight) >= drawn; });
        std::rotate(first, chosen, std::next(chosen));
    }
    return records;
}

std::vector<ServiceRecord> in_order_of_preference(std::vector<ServiceRecord> records)
{
    std::minstd_rand generator(std::random_device{}());
    return in_order_of_preference(std::move(records), [&](std::uint32_t most) {
        return std::uniform_int_distribution<std::uint32_t>(0, most)(generator);
    });
}

} // namespace gatehouse
