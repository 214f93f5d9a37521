// What `authctl status` and the metrics page tell: one look at a House.
#include "app/house.hpp"

namespace gatehouse::app
{

namespace
{
Figures::Realm figures_of(const RealmNames& names, const gate::Realm& realm)
{
    Figures::Realm figures{.name = names.realm, .kind = realm.directory->kind(), .servers = realm.directory->health()};
    if (!realm.mirror)
        return figures;
    figures.feed = *realm.mirror->state();
    figures.sweeps = realm.mirror->sweeps();
    figures.changes = realm.mirror->changes();
    if (const auto people = realm.mirror->people()) {
        figures.people = people->size();
        figures.groups = people->group_count();
    }
    return figures;
}

Figures::Listener figures_of(const door::Listener& listener)
{
    const auto settings = listener.settings();
    const door::Counters& counters = listener.counters();
    return {.name = settings->pins.listener,
            .door = settings->pins.door,
            .socket = settings->socket.path,
            .connections = counters.connections.load(),
            .accepted = counters.accepted.load(),
            .turned_away = counters.turned_away.load(),
            .protocol_errors = counters.protocol_errors.load(),
            .granted = counters.granted.load(),
            .denied = counters.denied.load(),
            .unavailable = counters.unavailable.load()};
}
} // namespace

Figures House::figures() const
{
    const SecretArena& arena = SecretArena::process();
    Figures figures{.proofs = foundations_.proofs->count(),
                    .shield = shield_.totals(),
                    .store = foundations_.store->status(),
                    .audit = audit_.status(),
                    .sessions = sessions_.size(),
                    .sessions_ended = sessions_.ended(),
                    .secret_memory_used = arena.used(),
                    .secret_memory_size = arena.size()};
    const auto rules = gate_.rules();
    for (std::size_t i = 0; i < rules->names.size(); ++i)
        figures.realms.push_back(figures_of(rules->names[i], rules->realms[i]));
    const std::lock_guard lock(listeners_mutex_);
    for (const auto& [path, listener] : listeners_)
        figures.listeners.push_back(figures_of(*listener));
    return figures;
}

} // namespace gatehouse::app
