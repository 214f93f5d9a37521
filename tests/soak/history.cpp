#include "soak/history.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>

namespace gatehouse::soak
{

std::string described(const PersonState& state)
{
    if (!state.exists)
        return "does not exist";
    std::string text = "password \"" + state.password + '"';
    text += state.in_scope ? "" : ", out of scope";
    text += state.disabled ? ", disabled" : "";
    text += state.locked ? ", locked" : "";
    text += state.staff ? ", of the staff" : "";
    return text;
}

Told verdict_of(const PersonState& state, const Shown& shown)
{
    const bool may_log_in = state.exists && state.in_scope && !state.disabled && !state.locked;
    const bool admitted = state.staff || !shown.for_staff;
    return may_log_in && admitted && shown.password == state.password ? Told::granted : Told::denied;
}

void PersonHistory::begin(PersonState state, Moment at)
{
    if (at < held_.back().from)
        throw std::logic_error("a change that begins before the one before it");
    held_.push_back({.state = std::move(state), .from = at});
}

void PersonHistory::end(Moment at)
{
    if (held_.size() < 2 || at < held_.back().from)
        throw std::logic_error("the end of a change that has not begun");
    held_[held_.size() - 2].until = at;
}

bool PersonHistory::allows(Told told, const Shown& shown, Moment from, Moment to) const
{
    return std::ranges::any_of(held_, [&](const Held& held) {
        return held.from <= to && held.until >= from && verdict_of(held.state, shown) == told;
    });
}

std::vector<std::string> PersonHistory::old_passwords() const
{
    std::vector<std::string> old;
    for (const Held& held : held_ | std::views::reverse)
        if (held.state.password != last().password && std::ranges::find(old, held.state.password) == old.end())
            old.push_back(held.state.password);
    return old;
}

bool Outages::touch(Moment from, Moment to) const
{
    return std::ranges::any_of(away_, [&](const Away& away) { return away.from <= to && away.until >= from; });
}

Moment Outages::before(Moment from, Moment to, std::chrono::milliseconds promise) const
{
    for (const Away& away : away_ | std::views::reverse) // one may begin before the one ahead of it has settled
        if (away.from <= to && away.until >= from)
            from = std::min(from, away.from - promise);
    return from;
}

Judgement judge(const Login& login, const PersonHistory& person, const Outages& directory, const Outages& authd,
                std::chrono::milliseconds promise)
{
    if (login.told == Told::unavailable) {
        const bool away = directory.touch(login.begun, login.ended) || authd.touch(login.begun, login.ended);
        return away ? Judgement::put_off_by_outage : Judgement::put_off;
    }
    const Moment from = directory.before(login.begun - promise, login.ended, promise);
    return person.allows(login.told, login.shown, from, login.ended) ? Judgement::right : Judgement::wrong;
}

} // namespace gatehouse::soak
