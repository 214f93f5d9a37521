#include "gate/live_sessions.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "gate/session_judgement.hpp"

#include <algorithm>

namespace gatehouse::gate
{

namespace
{
constexpr std::size_t people_at_once = 256; // judged under one lock
} // namespace

SessionEnd session_end(Reason reason)
{
    switch (reason) {
    case Reason::unknown_person: return {name_of(reason), "this account no longer exists"};
    case Reason::account_locked: return {name_of(reason), "this account is locked"};
    case Reason::unknown_realm:
    case Reason::realm_not_allowed:
    case Reason::service_not_allowed: return {name_of(reason), "this account may not use this service"};
    default: return {name_of(reason), public_text(reason)};
    }
}

bool Whom::matches(const LiveSession& session) const
{
    if (!realm.empty() && realm != session.realm)
        return false;
    if (!person.empty() && !session.person.empty())
        return person == session.person;
    return name.empty() || text::equal_ignoring_case(name, session.name);
}

/// What is told to holders once no lock is held.
class LiveSessions::Ending
{
public:
    void add(const Held& held, EndedSession ended)
    {
        note(held.session, ended.end);
        const auto holder = held.holder.lock();
        if (!holder)
            return; // its connection has ended, too
        if (told_.empty() || told_.back().first != holder) {
            const auto known = std::ranges::find(told_, holder, &Told::first);
            if (known == told_.end())
                told_.emplace_back(holder, std::vector<EndedSession>());
            else
                std::swap(*known, told_.back());
        }
        told_.back().second.push_back(ended);
    }
    void tell()
    {
        for (const Note& note : notes_)
            log::info("sessions: {} of {} ({}) end: {}", note.count, note.name, note.realm, note.reason);
        for (auto& [holder, ended] : told_)
            holder->end(std::move(ended));
    }

private:
    using Told = std::pair<std::shared_ptr<SessionHolder>, std::vector<EndedSession>>;
    struct Note { // for the log: one line for the sessions of one person that end together
        std::string realm;
        std::string name;
        std::string_view reason;
        std::size_t count = 0;
    };

    void note(const LiveSession& session, SessionEnd why)
    {
        if (notes_.empty() || notes_.back().name != session.name || notes_.back().realm != session.realm ||
            notes_.back().reason != why.reason)
            notes_.push_back({session.realm, session.name, why.reason, 0});
        ++notes_.back().count;
    }

    std::vector<Told> told_;
    std::vector<Note> notes_;
};

LiveSessions::Owner LiveSessions::owner_of(const LiveSession& session)
{
    return {session.realm, session.person, session.person.empty() ? session.name : std::string()};
}

std::expected<SessionNumber, SessionEnd> LiveSessions::hold(LiveSession session, std::weak_ptr<SessionHolder> holder,
                                                            std::uint64_t tag, const Rules& rules, WallTime now)
{
    const Owner owner = owner_of(session);
    const std::string service = session.service;
    SessionNumber number = 0;
    { // before it is judged: what changes from now on, the next `judge` sees
        const std::lock_guard lock(mutex_);
        number = ++last_;
        const auto at = sessions_.emplace(number, Held{std::move(session), std::move(holder), tag}).first;
        people_[owner].push_back(at);
        size_.store(sessions_.size(), std::memory_order_relaxed);
    }
    SessionJudgement judgement(rules, now);
    Reason reason = judgement.turn_to(owner.realm, owner.person);
    if (reason == Reason::granted)
        reason = judgement.admits(service);
    if (reason == Reason::granted)
        return number;
    const std::lock_guard lock(mutex_);
    const SessionEnd why = session_end(reason);
    if (const auto at = sessions_.find(number); at != sessions_.end()) {
        take_out(at);
        ++ended_[why.reason];
    }
    return std::unexpected(why);
}

void LiveSessions::take_out(Sessions::iterator at)
{
    const auto owner = people_.find(owner_of(at->second.session));
    std::erase(owner->second, at);
    if (owner->second.empty())
        people_.erase(owner);
    sessions_.erase(at);
    size_.store(sessions_.size(), std::memory_order_relaxed);
}

void LiveSessions::forget(SessionNumber number)
{
    const std::lock_guard lock(mutex_);
    if (const auto at = sessions_.find(number); at != sessions_.end())
        take_out(at);
}

void LiveSessions::end(Sessions::iterator at, SessionEnd why, Ending& ending)
{
    ending.add(at->second, {.number = at->first, .tag = at->second.tag, .end = why});
    ++ended_[why.reason];
    take_out(at);
}

void LiveSessions::judge(const Rules& rules, WallTime now)
{
    SessionJudgement judgement(rules, now);
    Ending ending;
    Owner after; // nobody comes before it
    do
        judge_some(judgement, after, ending);
    while (!after.realm.empty());
    ending.tell();
}

/// The next people behind `after`, which is the last of them then; nobody when all have been judged.
void LiveSessions::judge_some(SessionJudgement& judgement, Owner& after, Ending& ending)
{
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<Sessions::iterator, Reason>> refused;
    auto person = people_.upper_bound(after);
    for (std::size_t i = 0; i < people_at_once && person != people_.end(); ++i, ++person) {
        const Reason standing = judgement.turn_to(person->first.realm, person->first.person);
        for (const Sessions::iterator session : person->second) {
            const Reason reason =
                standing == Reason::granted ? judgement.admits(session->second.session.service) : standing;
            if (reason != Reason::granted)
                refused.emplace_back(session, reason);
        }
    }
    after = person == people_.end() ? Owner{} : std::prev(person)->first;
    for (const auto& [session, reason] : refused)
        end(session, session_end(reason), ending);
}

std::size_t LiveSessions::kick(const Whom& whom)
{
    Ending ending;
    std::size_t count = 0;
    {
        const std::lock_guard lock(mutex_);
        for (auto at = sessions_.begin(); at != sessions_.end();) {
            const auto session = at++;
            if (!whom.matches(session->second.session))
                continue;
            end(session, kicked, ending);
            ++count;
        }
    }
    ending.tell();
    return count;
}

std::vector<std::pair<SessionNumber, LiveSession>> LiveSessions::list(const Whom& whom, SessionNumber after,
                                                                      std::size_t room) const
{
    constexpr std::size_t frame = 160; // keys and numbers
    std::vector<std::pair<SessionNumber, LiveSession>> listed;
    std::size_t used = 0;
    const std::lock_guard lock(mutex_);
    for (auto at = sessions_.upper_bound(after); at != sessions_.end(); ++at) {
        const LiveSession& session = at->second.session;
        if (!whom.matches(session))
            continue;
        const std::size_t texts = session.realm.size() + session.person.size() + session.name.size() +
                                  session.service.size() + session.client.size() + session.store.size() +
                                  session.listener.size();
        used += frame + 2 * texts; // each byte may need a backslash
        if (used > room && !listed.empty())
            break;
        listed.emplace_back(at->first, session);
    }
    return listed;
}

std::vector<Whom> LiveSessions::people() const
{
    std::vector<Whom> people;
    const std::lock_guard lock(mutex_);
    for (const auto& [owner, sessions] : people_)
        if (!owner.person.empty())
            people.push_back({.realm = owner.realm, .person = owner.person});
    return people;
}

std::map<std::string_view, std::uint64_t> LiveSessions::ended() const
{
    const std::lock_guard lock(mutex_);
    return ended_;
}

} // namespace gatehouse::gate
