#include "gate/locate.hpp"

#include "gate/known_person.hpp"

#include <algorithm>

namespace gatehouse::gate
{

namespace
{
Lookup found_in_mirror(const people::People& people, const people::People::Found& found, Detail detail)
{
    if (found.one)
        return {.outcome = Lookup::Outcome::found, .person = people.describe(*found.one, detail)};
    if (found.absent())
        return {.outcome = Lookup::Outcome::absent};
    return {.outcome = Lookup::Outcome::ambiguous, .detail = names_of(found)};
}
} // namespace

Routed route_within(const Rules& rules, const Pins& pins, const LoginName& name, std::string_view hint)
{
    auto realms = route(name, hint, rules.names);
    if (realms.empty())
        return {Reason::unknown_realm, {}};
    std::erase_if(realms,
                  [&](const RealmNames* realm) { return !pins.realms.empty() && !pins.realms.contains(realm->realm); });
    if (realms.empty())
        return {Reason::realm_not_allowed, {}};
    return {Reason::granted, std::move(realms)};
}

Awaitable<Lookup> look_up(const Realm& realm, const LoginName& name, Detail detail, Deadline deadline, Trail& trail)
{
    const MirrorView mirror(realm);
    if (mirror.is() == MirrorIs::live || mirror.is() == MirrorIs::away) {
        const auto found = mirror.people()->find(name);
        const bool decided = mirror.is() == MirrorIs::live && people::People::decides(name);
        if (!found.absent() || decided) {
            trail.source = Source::mirror;
            co_return found_in_mirror(*mirror.people(), found, detail);
        }
    }
    co_return co_await realm.directory->find(name, detail, deadline, trail);
}

Awaitable<Located> locate_in(const Rules& rules, std::vector<const RealmNames*> realms, const LoginName& name,
                             Detail detail, Deadline deadline, Trail& trail)
{
    Located located;
    for (const RealmNames* realm : realms) {
        Lookup lookup = co_await look_up(rules.realm_of(*realm), name, detail, deadline, trail);
        switch (lookup.outcome) {
        case Lookup::Outcome::absent: continue;
        case Lookup::Outcome::unavailable:
            co_return Located{.reason = lookup.reason, .detail = std::move(lookup.detail)};
        case Lookup::Outcome::ambiguous:
            co_return Located{.reason = Reason::ambiguous_name, .detail = std::move(lookup.detail)};
        case Lookup::Outcome::found: break;
        }
        if (located.reason == Reason::granted)
            co_return Located{.reason = Reason::ambiguous_name,
                              .detail = "found in realm " + located.realm + " and in realm " + realm->realm};
        located = {.reason = Reason::granted, .detail = {}, .realm = realm->realm, .person = std::move(lookup.person)};
    }
    co_return located;
}

Awaitable<Result<const RealmNames*, Verdict>> choose_realm(const Rules& rules, Routed routed, const LoginName& name,
                                                           Deadline deadline, Trail& trail)
{
    const RealmNames* const first = routed.realms.front();
    if (routed.realms.size() == 1)
        co_return first;
    const Located located = co_await locate_in(rules, routed.realms, name, Detail::name, deadline, trail);
    if (located.reason == Reason::unknown_person)
        co_return first;
    if (located.reason != Reason::granted)
        co_return std::unexpected(Verdict::refused(located.reason, located.detail));
    co_return *std::ranges::find(routed.realms, located.realm, &RealmNames::realm);
}

Awaitable<Result<const RealmNames*, Verdict>> realm_for(const Rules& rules, const Pins& pins, const LoginName& name,
                                                        std::string_view hint, Deadline deadline, Trail& trail)
{
    Routed routed = route_within(rules, pins, name, hint);
    if (routed.reason != Reason::granted)
        co_return std::unexpected(Verdict::refused(routed.reason));
    co_return co_await choose_realm(rules, std::move(routed), name, deadline, trail);
}

} // namespace gatehouse::gate
