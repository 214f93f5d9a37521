// What `authctl status` shows: the JSON of a House's state.
#include "app/house.hpp"

namespace gatehouse::app
{

namespace
{
boost::json::object server_status(const ServerHealth& health)
{
    return {{"server", health.server},
            {"usable", health.usable},
            {"consecutive_failures", health.consecutive_failures},
            {"latency_us", health.latency.count()},
            {"last_error", health.last_error},
            {"requests", health.requests},
            {"connections", health.connections}};
}

boost::json::array realm_status(const gate::Rules& rules)
{
    boost::json::array realms;
    for (std::size_t i = 0; i < rules.names.size(); ++i) {
        boost::json::array servers;
        for (const ServerHealth& health : rules.directories[i]->health())
            servers.push_back(server_status(health));
        realms.push_back(
            {{"name", rules.names[i].realm}, {"kind", rules.directories[i]->kind()}, {"servers", std::move(servers)}});
    }
    return realms;
}

boost::json::object listener_status(const door::Listener& listener)
{
    const auto settings = listener.settings();
    const door::Counters& counters = listener.counters();
    return {{"name", settings->pins.listener},
            {"door", settings->pins.door},
            {"socket", settings->socket.path},
            {"connections", counters.connections.load()},
            {"accepted", counters.accepted.load()},
            {"turned_away", counters.turned_away.load()},
            {"granted", counters.granted.load()},
            {"denied", counters.denied.load()},
            {"unavailable", counters.unavailable.load()},
            {"protocol_errors", counters.protocol_errors.load()}};
}
} // namespace

boost::json::object House::status() const
{
    boost::json::array listeners;
    {
        const std::lock_guard lock(listeners_mutex_);
        for (const auto& [path, listener] : listeners_)
            listeners.push_back(listener_status(*listener));
    }
    const SecretArena& arena = SecretArena::process();
    const gate::AuditStatus audit = audit_->status();
    return {{"version", GATEHOUSE_VERSION},
            {"uptime_s", std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started_).count()},
            {"realms", realm_status(*gate_.rules())},
            {"listeners", std::move(listeners)},
            {"secret_memory", {{"used", arena.used()}, {"size", arena.size()}}},
            {"audit", {{"written", audit.written}, {"waiting", audit.waiting}, {"writable", audit.writable}}}};
}

} // namespace gatehouse::app
