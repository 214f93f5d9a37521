// What `authctl status` shows: the JSON of a House's figures.
#include "app/house.hpp"

namespace gatehouse::app
{

namespace json = boost::json;

namespace
{
json::object status_of(const ServerHealth& health)
{
    return {{"server", health.server},
            {"usable", health.usable},
            {"consecutive_failures", health.consecutive_failures},
            {"latency_us", health.latency.count()},
            {"last_error", health.last_error},
            {"requests", health.requests},
            {"connections", health.connections}};
}

json::object status_of(const FeedState& feed)
{
    json::object status{{"live", feed.live},
                        {"away", feed.away},
                        {"bound_ms", feed.bound.count()},
                        {"bound_for_deletions_ms", feed.bound_for_deletions.count()},
                        {"server", feed.server},
                        {"cursor", feed.cursor},
                        {"trouble", feed.trouble}};
    if (feed.read_from != Deadline{})
        status["age_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - feed.read_from).count();
    return status;
}

json::object status_of(const Figures::Realm& realm)
{
    json::array servers;
    for (const ServerHealth& health : realm.servers)
        servers.push_back(status_of(health));
    json::object status{{"name", realm.name}, {"kind", realm.kind}, {"servers", std::move(servers)}};
    if (realm.feed) {
        json::object feed = status_of(*realm.feed);
        feed["people"] = realm.people;
        feed["groups"] = realm.groups;
        status["feed"] = std::move(feed);
    }
    return status;
}

json::object status_of(const Figures::Listener& listener)
{
    return {{"name", listener.name},
            {"door", listener.door},
            {"socket", listener.socket},
            {"connections", listener.connections},
            {"accepted", listener.accepted},
            {"turned_away", listener.turned_away},
            {"granted", listener.granted},
            {"denied", listener.denied},
            {"unavailable", listener.unavailable},
            {"protocol_errors", listener.protocol_errors}};
}

json::object status_of(const gate::Proofs::Count& proofs)
{
    return {{"people", proofs.people},   {"good", proofs.good},   {"refused", proofs.refused},
            {"retired", proofs.retired}, {"bytes", proofs.bytes}, {"capacity", proofs.capacity},
            {"dropped", proofs.dropped}};
}

json::object status_of(const gate::Shield::Totals& shield)
{
    return {{"people", shield.people},
            {"at_limit", shield.at_limit},
            {"networks_slowed", shield.networks_slowed},
            {"refused_budget", shield.refused_budget},
            {"refused_network", shield.refused_network},
            {"repeats_refused", shield.repeats_refused},
            {"repeats_old", shield.repeats_old}};
}

json::object status_of(const store::StoreStatus& store)
{
    return {{"kind", store.kind},       {"usable", store.usable}, {"trouble", store.trouble},
            {"waiting", store.waiting}, {"nodes", store.nodes},   {"share_of", store.share_of}};
}

json::object status_of_sessions(const Figures& figures)
{
    json::object ended;
    for (const auto& [reason, count] : figures.sessions_ended)
        ended[reason] = count;
    return {{"open", figures.sessions}, {"ended", std::move(ended)}};
}

template <class List>
json::array statuses_of(const List& list)
{
    json::array all;
    for (const auto& each : list)
        all.push_back(status_of(each));
    return all;
}
} // namespace

json::object House::status() const
{
    const Figures now = figures();
    return {
        {"version", GATEHOUSE_VERSION},
        {"uptime_s", std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started_).count()},
        {"realms", statuses_of(now.realms)},
        {"listeners", statuses_of(now.listeners)},
        {"proofs", status_of(now.proofs)},
        {"shield", status_of(now.shield)},
        {"store", status_of(now.store)},
        {"sessions", status_of_sessions(now)},
        {"secret_memory", {{"used", now.secret_memory_used}, {"size", now.secret_memory_size}}},
        {"audit", {{"written", now.audit.written}, {"waiting", now.audit.waiting}, {"writable", now.audit.writable}}}};
}

} // namespace gatehouse::app
