#include "gate/known_person.hpp"

#include "base/text.hpp"

namespace gatehouse::gate
{

MirrorView::MirrorView(const Realm& realm)
{
    if (!realm.mirror)
        return;
    people_ = realm.mirror->people();
    if (!people_)
        return;
    const auto state = realm.mirror->state();
    read_from_ = state->read_from;
    if (state->live && Clock::now() - state->read_from <= state->bound)
        is_ = MirrorIs::live;
    else
        is_ = state->away ? MirrorIs::away : MirrorIs::stale;
}

bool KnownPerson::password_may_be_old(std::chrono::seconds old_password_period) const
{
    return old_password_period.count() > 0 && person.password_changed &&
           std::chrono::system_clock::now() - *person.password_changed < old_password_period;
}

Proofs::PasswordNow KnownPerson::password_now(std::chrono::seconds old_password_period) const
{
    Proofs::PasswordNow now{.version = person.password_version,
                            .dn = person.dn,
                            .old_password_period = old_password_period,
                            .changed = person.password_changed};
    now.move_server = move.server;
    if (move.certain)
        now.moved_after = move.since;
    return now;
}

std::string names_of(const people::People::Found& found)
{
    return text::join(found.several, ", ");
}

KnownPerson known_person(const people::People& people, const people::PersonRef& stored, Detail detail)
{
    return {.person = people.describe(*stored, detail), .stored = stored, .move = stored->password_move()};
}

std::shared_ptr<void> retire_proofs_with(const std::shared_ptr<people::Mirror>& mirror, std::string realm,
                                         Proofs& proofs)
{
    // The mirror calls this itself, so it is there.
    return mirror->watch(
        [mirror = mirror.get(), realm = std::move(realm), &proofs](const people::Mirror::Change& change) {
            const auto people = mirror->people();
            if (!people || change.everybody)
                return; // proofs are overtaken one by one, when they are asked for
            for (const std::string& id : change.ids)
                if (const auto stored = people->with_id(id)) {
                    const KnownPerson known = known_person(*people, stored, Detail::account);
                    proofs.password_moved({realm, id}, known.password_now(mirror->facts()->old_password_period));
                }
        });
}

std::optional<std::string> first_group_of(const KnownPerson& known, const people::People* people,
                                          const std::set<std::string, std::less<>>& wanted)
{
    if (known.stored && people != nullptr)
        return people->first_group_of(*known.stored, wanted);
    for (const Membership& membership : known.person.groups)
        if (wanted.contains(text::lower(membership.group)))
            return membership.group;
    return {};
}

} // namespace gatehouse::gate
