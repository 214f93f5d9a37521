#include "gate/answer_login.hpp"

#include "gate/counted_try.hpp"

namespace gatehouse::gate
{

namespace
{
/// The directory says no more than no. It also says so of the right answer where the account is not to log in, and does
/// not count that.
Shield::Outcome outcome_of(const ChallengeAnswer::Judged& judged, const AccountState& state)
{
    if (judged.reason == Reason::granted)
        return Shield::Outcome::right;
    const bool counts = judged.reason == Reason::wrong_password && !state.disabled && !state.locked;
    return counts ? Shield::Outcome::wrong : Shield::Outcome::undecided;
}

/// Whom the directory names by SID must be the one whom the answer claimed: theirs is the attempt that was counted.
Awaitable<Verdict> admit_judged(const Realm& realm, const Checking& checking, const Person& claimed,
                                const std::string& sid)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const LoginName name = name_of_sid(sid);
    PersonLogin login(realm, memory, {name, attempt, pins, rules.rule_of(attempt.service), needs, deadline}, trail);
    if (auto refused = co_await find_proved(login))
        co_return std::move(*refused);
    if (login.known().person.id != claimed.id)
        co_return Verdict::refused(Reason::internal,
                                   "winbind names " + login.known().person.name + ", who is not " + claimed.name);
    co_return co_await login.admit();
}
} // namespace

Awaitable<Verdict> check_answer(const Checking& checking)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto& shown = std::get<AnswerCredential>(attempt.credential);
    const auto name = parse_login_name(shown.login);
    if (!name)
        co_return Verdict::refused(Reason::malformed_name, name.error().text);
    const auto chosen = co_await realm_for(rules, pins, *name, attempt.realm_hint, deadline, trail);
    if (!chosen)
        co_return chosen.error();
    const Realm& realm = rules.realm_of(**chosen);
    if (realm.directory->kind() != "active-directory")
        co_return Verdict::refused(Reason::unknown_person, "NTLM proves people of Active Directory only, and realm " +
                                                               (*chosen)->realm + " is another directory");
    trail.step("realm ", (*chosen)->realm, ": asked for ", name->given, ", who has answered a challenge");
    PersonLogin login(realm, memory, {*name, attempt, pins, rules.rule_of(attempt.service), needs, deadline}, trail);
    if (auto refused = co_await find_proved(login))
        co_return std::move(*refused);
    trail.source = Source::shield;
    ChallengeAnswer::Judged judged{};
    {
        CountedTry tried(realm, memory, login, deadline, trail);
        if (const auto refused = co_await tried.begin())
            co_return refused_by(*refused, login.known().person);
        trail.source = Source::directory;
        trail.server = "winbind";
        judged = co_await shown.answer->judge(deadline);
        tried.ended_as(outcome_of(judged, login.known().person.state));
    }
    if (judged.reason != Reason::granted)
        co_return Verdict::refused(judged.reason, std::move(judged.why), login.known().person);
    trail.last = std::move(judged.last);
    co_return co_await admit_judged(realm, checking, login.known().person, judged.sid);
}

} // namespace gatehouse::gate
