#include "app/status_collector.hpp"

#include "base/deadline.hpp"
#include "metrics/families.hpp"

#include <chrono>
#include <utility>

namespace gatehouse::app
{

namespace
{
using metrics::add;
using metrics::Families;
using metrics::Labels;
using metrics::tell;
using metrics::Told;
using metrics::Type;

template <class Period>
double seconds(std::chrono::duration<std::int64_t, Period> span)
{
    return std::chrono::duration<double>(span).count();
}

struct ServerOfRealm {
    std::string_view realm;
    const ServerHealth& health;
};

void tell_servers(Families& page, const Figures& figures)
{
    std::vector<ServerOfRealm> servers;
    for (const Figures::Realm& realm : figures.realms)
        for (const ServerHealth& health : realm.servers)
            servers.push_back({realm.name, health});
    Told<ServerOfRealm> told(page, servers, [](const ServerOfRealm& server) -> Labels {
        return {{"realm", std::string(server.realm)}, {"server", server.health.server}};
    });
    told.tell(Type::Gauge, "gatehouse_directory_server_usable", "1: logins may be verified there; 0: it has failed",
              [](const ServerOfRealm& server) { return server.health.usable; });
    told.tell(Type::Gauge, "gatehouse_directory_server_consecutive_failures", "Failures since the last answer",
              [](const ServerOfRealm& server) { return server.health.consecutive_failures; });
    told.tell(Type::Gauge, "gatehouse_directory_server_latency_seconds", "Moving average of the time of an answer",
              [](const ServerOfRealm& server) { return seconds(server.health.latency); });
    told.tell(Type::Gauge, "gatehouse_directory_server_connections", "Connections open to the server",
              [](const ServerOfRealm& server) { return server.health.connections; });
    told.tell(Type::Counter, "gatehouse_directory_server_requests_total", "Searches and binds sent to the server",
              [](const ServerOfRealm& server) { return server.health.requests; });
}

std::optional<double> age_of(const Figures::Realm& realm)
{
    if (!realm.feed || realm.feed->read_from == Deadline{})
        return {};
    return seconds(Clock::now() - realm.feed->read_from);
}

void tell_mirrors(Families& page, const Figures& figures)
{
    using Realm = Figures::Realm;
    Told<Realm> told(page, figures.realms, [](const Realm& realm) -> Labels { return {{"realm", realm.name}}; });
    const auto of_feed = [](auto value_of) {
        return [value_of](const Realm& realm) { return realm.feed.transform(value_of); };
    };
    told.tell(Type::Gauge, "gatehouse_feed_live", "1: changes in the directory arrive; 0: they do not",
              of_feed([](const FeedState& feed) { return feed.live; }));
    told.tell(Type::Gauge, "gatehouse_feed_away", "1: no server of the directory answers the feed",
              of_feed([](const FeedState& feed) { return feed.away; }));
    told.tell(Type::Gauge, "gatehouse_feed_bound_seconds", "How old the mirror may be while the feed is live",
              of_feed([](const FeedState& feed) { return seconds(feed.bound); }));
    told.tell(Type::Gauge, "gatehouse_feed_age_seconds", "Time since the mirror held all that had happened", age_of);
    told.tell(Type::Counter, "gatehouse_feed_sweeps_total", "Complete readings of the directory",
              [](const Realm& realm) { return realm.sweeps; });
    told.tell(Type::Counter, "gatehouse_feed_changes_total", "People and groups that the feed told, in sweeps too",
              [](const Realm& realm) { return realm.changes; });
    const auto of_mirror = [](std::uint64_t Realm::* count) {
        return [count](const Realm& realm) { return realm.feed ? std::optional(realm.*count) : std::nullopt; };
    };
    told.tell(Type::Gauge, "gatehouse_people", "People in the mirror", of_mirror(&Realm::people));
    told.tell(Type::Gauge, "gatehouse_groups", "Groups in the mirror", of_mirror(&Realm::groups));
}

void tell_proofs(Families& page, const gate::Proofs::Count& proofs)
{
    prometheus::MetricFamily& kinds =
        metrics::family(page, Type::Gauge, "gatehouse_proofs", "What is remembered of passwords, by what it says");
    add(kinds, {{"kind", "good"}}, static_cast<double>(proofs.good));
    add(kinds, {{"kind", "refused"}}, static_cast<double>(proofs.refused));
    add(kinds, {{"kind", "retired"}}, static_cast<double>(proofs.retired));
    tell(page, Type::Gauge, "gatehouse_proofs_people", "People of whom a proof is known",
         static_cast<double>(proofs.people));
    tell(page, Type::Gauge, "gatehouse_proofs_bytes", "Memory that proofs take", static_cast<double>(proofs.bytes));
    tell(page, Type::Gauge, "gatehouse_proofs_capacity_bytes", "Memory that proofs may take",
         static_cast<double>(proofs.capacity));
    tell(page, Type::Counter, "gatehouse_proofs_dropped_people_total",
         "People whose proofs were forgotten to make room for others", static_cast<double>(proofs.dropped));
}

void tell_shield(Families& page, const gate::Shield::Totals& shield)
{
    tell(page, Type::Gauge, "gatehouse_shield_people", "People who have wrong passwords counted now",
         static_cast<double>(shield.people));
    tell(page, Type::Gauge, "gatehouse_shield_people_at_limit",
         "People for whom the directory is not asked, lest it lock them out", static_cast<double>(shield.at_limit));
    tell(page, Type::Gauge, "gatehouse_shield_networks_slowed", "Networks that try passwords of too many people now",
         static_cast<double>(shield.networks_slowed));
    prometheus::MetricFamily& actions = metrics::family(page, Type::Counter, "gatehouse_shield_actions_total",
                                                        "Attempts that the shield kept from the directory");
    add(actions, {{"action", "budget"}}, static_cast<double>(shield.refused_budget));
    add(actions, {{"action", "network"}}, static_cast<double>(shield.refused_network));
    add(actions, {{"action", "repeated-wrong-password"}}, static_cast<double>(shield.repeats_refused));
    add(actions, {{"action", "repeated-old-password"}}, static_cast<double>(shield.repeats_old));
}

void tell_store(Families& page, const store::StoreStatus& store)
{
    const Labels kind{{"kind", store.kind}};
    tell(page, Type::Gauge, "gatehouse_store_usable", "1: the last use of the database succeeded", store.usable, kind);
    tell(page, Type::Gauge, "gatehouse_store_waiting_writes", "Writes that wait for the database",
         static_cast<double>(store.waiting), kind);
    tell(page, Type::Counter, "gatehouse_store_dropped_writes_total", "Writes that found no room while they waited",
         static_cast<double>(store.dropped), kind);
    tell(page, Type::Gauge, "gatehouse_store_nodes", "Daemons that share the database, this one included", store.nodes,
         kind);
    tell(page, Type::Gauge, "gatehouse_shield_alone",
         "1: other daemons cannot be heard, and this one uses only its share of people's lockout budgets",
         store.share_of != 1);
}

void tell_listeners(Families& page, const Figures& figures)
{
    using Listener = Figures::Listener;
    Told<Listener> told(page, figures.listeners, [](const Listener& listener) -> Labels {
        return {{"listener", listener.name}, {"door", listener.door}};
    });
    told.tell(Type::Gauge, "gatehouse_listener_connections", "Connections open now",
              [](const Listener& listener) { return listener.connections; });
    told.tell(Type::Counter, "gatehouse_listener_accepted_connections_total", "Connections accepted",
              [](const Listener& listener) { return listener.accepted; });
    told.tell(Type::Counter, "gatehouse_listener_turned_away_connections_total",
              "Connections closed at once because limits.connections were open",
              [](const Listener& listener) { return listener.turned_away; });
    told.tell(Type::Counter, "gatehouse_listener_protocol_errors_total",
              "Connections that broke their protocol, came too late or asked for too much",
              [](const Listener& listener) { return listener.protocol_errors; });
}

void tell_sessions(Families& page, const Figures& figures)
{
    tell(page, Type::Gauge, "gatehouse_sessions", "Sessions that programs keep open for people",
         static_cast<double>(figures.sessions));
    prometheus::MetricFamily& ended =
        metrics::family(page, Type::Counter, "gatehouse_sessions_ended_total", "Sessions that authd ended, by why");
    for (const auto& [reason, count] : figures.sessions_ended)
        add(ended, {{"reason", std::string(reason)}}, static_cast<double>(count));
}

void tell_own_needs(Families& page, const Figures& figures)
{
    tell(page, Type::Counter, "gatehouse_audit_lines_total", "Audit lines written",
         static_cast<double>(figures.audit.written));
    tell(page, Type::Gauge, "gatehouse_audit_waiting_lines", "Audit lines that wait in memory",
         static_cast<double>(figures.audit.waiting));
    tell(page, Type::Gauge, "gatehouse_audit_writable",
         "0: the audit cannot be written, and every login is Unavailable", figures.audit.writable);
    metrics::tell_secret_memory(page, figures.secret_memory_used, figures.secret_memory_size);
}
} // namespace

StatusCollector::StatusCollector(Observe observe) : observe_(std::move(observe)), started_(metrics::now()) {}

Families StatusCollector::Collect() const
{
    const Figures figures = observe_();
    Families page;
    metrics::tell_program(page, started_);
    tell_servers(page, figures);
    tell_mirrors(page, figures);
    tell_proofs(page, figures.proofs);
    tell_shield(page, figures.shield);
    tell_store(page, figures.store);
    tell_listeners(page, figures);
    tell_sessions(page, figures);
    tell_own_needs(page, figures);
    std::erase_if(page, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
    return page;
}

} // namespace gatehouse::app
