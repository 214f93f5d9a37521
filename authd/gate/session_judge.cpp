#include "gate/session_judge.hpp"

#include "gate/known_person.hpp"
#include "gate/live_sessions.hpp"

namespace gatehouse::gate
{

void SessionJudge::start()
{
    wake_.expires_after(look);
    wake_.async_wait([this](boost::system::error_code error) {
        if (error)
            return;
        judge_if_changed();
        start();
    });
}

std::vector<SessionJudge::Seen> SessionJudge::seen_in(const Rules& rules)
{
    std::vector<Seen> seen;
    for (const Realm& realm : rules.realms) {
        const MirrorView view(realm);
        seen.push_back(
            {.people = realm.mirror ? realm.mirror->people() : nullptr, .live = view.is() == MirrorIs::live});
    }
    return seen;
}

void SessionJudge::judge_if_changed()
{
    LiveSessions& sessions = gate_.memory().sessions;
    if (sessions.size() == 0)
        return;
    auto rules = gate_.rules();
    auto seen = seen_in(*rules); // before it is judged: what comes meanwhile is another change
    if (rules == rules_ && seen == seen_ && Clock::now() < judge_by_)
        return;
    rules_ = std::move(rules);
    seen_ = std::move(seen);
    judge_by_ = Clock::now() + judge_at_least;
    sessions.judge(*rules_, std::chrono::system_clock::now());
}

} // namespace gatehouse::gate
