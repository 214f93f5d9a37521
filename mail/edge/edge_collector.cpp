#include "edge/edge_collector.hpp"

#include "base/secret.hpp"
#include "metrics/families.hpp"

#include <chrono>
#include <string>

namespace gatehouse::edge
{

namespace
{

using metrics::add;
using metrics::Families;
using metrics::Labels;
using metrics::tell;
using metrics::Told;
using metrics::Type;

struct OfProtocol {
    Protocol protocol;
    const Counters& counters;
};

std::string word(Protocol protocol)
{
    return std::string(name_of(protocol));
}

/// Reads one counter of a protocol.
auto of(std::atomic<std::uint64_t> Counters::* counter)
{
    return [counter](const OfProtocol& each) { return (each.counters.*counter).load(std::memory_order_relaxed); };
}

void tell_crowds(Families& families, const Shared& shared)
{
    tell(families, Type::Gauge, "gatehouse_mailgate_connections", "Connections of clients, logged in or not",
         static_cast<double>(shared.everybody.size()));
    tell(families, Type::Gauge, "gatehouse_mailgate_client_addresses", "Addresses that they come from",
         static_cast<double>(shared.addresses.keys()));
    tell(families, Type::Gauge, "gatehouse_mailgate_people", "People who are logged in",
         static_cast<double>(shared.people.keys()));
}

void tell_connections(Families& families, const std::vector<OfProtocol>& protocols)
{
    Told<OfProtocol> told(families, protocols,
                          [](const OfProtocol& each) -> Labels { return {{"protocol", word(each.protocol)}}; });
    told.tell(Type::Gauge, "gatehouse_mailgate_sessions", "Sessions of people who are logged in",
              [](const OfProtocol& each) { return each.counters.sessions.load(std::memory_order_relaxed); });
    told.tell(Type::Counter, "gatehouse_mailgate_accepted_connections_total", "Connections accepted",
              of(&Counters::accepted));
    told.tell(Type::Counter, "gatehouse_mailgate_turned_away_connections_total",
              "Connections and logins beyond limits.connections, per_address or per_person",
              of(&Counters::turned_away));
    told.tell(Type::Counter, "gatehouse_mailgate_tls_failures_total", "Connections on which TLS was not agreed on",
              of(&Counters::tls_failures));
    told.tell(Type::Counter, "gatehouse_mailgate_too_slow_connections_total",
              "Connections ended because they were not logged in within limits.login", of(&Counters::too_slow));
    told.tell(Type::Counter, "gatehouse_mailgate_sessions_ended_total",
              "Sessions that authd ended: the person may no longer, or was kicked", of(&Counters::ended_by_authd));
}

void tell_logins(Families& families, const std::vector<OfProtocol>& protocols)
{
    auto& logins = metrics::family(families, Type::Counter, "gatehouse_mailgate_logins_total",
                                   "Logins, by protocol and how they ended");
    const auto tell_one = [&](const OfProtocol& each, const char* outcome, auto counter) {
        add(logins, {{"protocol", word(each.protocol)}, {"outcome", outcome}}, static_cast<double>(of(counter)(each)));
    };
    for (const OfProtocol& each : protocols) {
        tell_one(each, "granted", &Counters::granted);
        tell_one(each, "denied", &Counters::denied);
        tell_one(each, "unavailable", &Counters::unavailable);
        tell_one(each, "store-unavailable", &Counters::store_failures);
    }
}

void tell_bytes(Families& families, const std::vector<OfProtocol>& protocols)
{
    auto& bytes = metrics::family(families, Type::Counter, "gatehouse_mailgate_relayed_bytes_total",
                                  "What sessions that are over have carried");
    for (const OfProtocol& each : protocols) {
        add(bytes, {{"protocol", word(each.protocol)}, {"from", "clients"}},
            static_cast<double>(of(&Counters::bytes_from_clients)(each)));
        add(bytes, {{"protocol", word(each.protocol)}, {"from", "stores"}},
            static_cast<double>(of(&Counters::bytes_from_stores)(each)));
    }
}

struct StoreOfProtocol {
    std::shared_ptr<const Store> store;
    Protocol protocol;
};

void tell_stores(Families& families, const Placement& placement)
{
    std::vector<StoreOfProtocol> stores;
    for (const auto& store : placement.all())
        for (const Protocol protocol : every_protocol)
            if (store->endpoint(protocol) != nullptr)
                stores.push_back({store, protocol});
    Told<StoreOfProtocol> told(families, stores, [](const StoreOfProtocol& each) -> Labels {
        return {{"store", each.store->name()}, {"protocol", word(each.protocol)}};
    });
    told.tell(Type::Gauge, "gatehouse_mailgate_store_usable", "1: it took the last connection; 0: it has failed",
              [](const StoreOfProtocol& each) { return each.store->consecutive_failures(each.protocol) == 0; });
    told.tell(Type::Gauge, "gatehouse_mailgate_store_consecutive_failures", "Failures since the last answer",
              [](const StoreOfProtocol& each) { return each.store->consecutive_failures(each.protocol); });
}

void tell_certificates(Families& families, const Setup& setup)
{
    if (!setup.tls)
        return;
    auto& certificates = metrics::family(families, Type::Gauge, "gatehouse_mailgate_certificate_end_time_seconds",
                                         "The last moment of a certificate, since the Unix epoch");
    const auto ends = setup.tls->ends();
    for (std::size_t i = 0; i < ends.size(); ++i)
        add(certificates, {{"file", setup.settings.tls.certificates[i].chain}},
            std::chrono::duration<double>(ends[i].time_since_epoch()).count());
}

} // namespace

EdgeCollector::EdgeCollector(const Shared& shared, const Snapshot<Setup>& setups)
    : shared_(shared), setups_(setups), started_(metrics::now())
{
}

Families EdgeCollector::Collect() const
{
    const auto setup = setups_.get();
    std::vector<OfProtocol> protocols;
    protocols.reserve(every_protocol.size());
    for (const Protocol protocol : every_protocol)
        protocols.push_back({protocol, shared_.of(protocol)});
    Families families;
    metrics::tell_program(families, started_);
    tell_crowds(families, shared_);
    tell_connections(families, protocols);
    tell_logins(families, protocols);
    tell_bytes(families, protocols);
    tell_stores(families, *setup->placement);
    tell_certificates(families, *setup);
    const SecretArena& arena = SecretArena::process();
    metrics::tell_secret_memory(families, arena.used(), arena.size());
    return families;
}

} // namespace gatehouse::edge
