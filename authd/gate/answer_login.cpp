#include "gate/answer_login.hpp"

#include "base/text.hpp"
#include "gate/counted_try.hpp"

#include <algorithm>

namespace gatehouse::gate
{

namespace
{
bool is_active_directory(const Realm& realm)
{
    return realm.directory->kind() == "active-directory";
}

/// Does winbind, asked for this name, mean the realm's person, too? It takes a domain's own two names, and a user
/// principal name. A name without a domain is of winbind's own, which only the one domain that is configured can be.
bool winbind_means(const Rules& rules, const RealmNames& realm, const LoginName& name)
{
    const auto is = [&](const std::string& own) {
        return !own.empty() && text::equal_ignoring_case(own, name.qualifier);
    };
    switch (name.form) {
    case LoginName::Form::down_level: return is(realm.netbios) || is(realm.kerberos_realm);
    case LoginName::Form::qualified: return is(realm.kerberos_realm) || std::ranges::any_of(realm.upn_suffixes, is);
    case LoginName::Form::plain: return std::ranges::count_if(rules.realms, is_active_directory) == 1;
    case LoginName::Form::sid: break;
    }
    return false;
}

/// The realm whose directory may be asked about the answer. Error: a refusal, or an outage.
Awaitable<Result<const Realm*, Verdict>> realm_of_answer(const Checking& checking, const LoginName& name)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto chosen = co_await realm_for(rules, pins, name, attempt.realm_hint, deadline, trail);
    if (!chosen)
        co_return std::unexpected(chosen.error());
    const Realm& realm = rules.realm_of(**chosen);
    if (!is_active_directory(realm))
        co_return std::unexpected(
            Verdict::refused(Reason::unknown_person, "NTLM proves people of Active Directory only, and realm " +
                                                         (*chosen)->realm + " is another directory"));
    // Else one person's budget would be spent on what counts against another.
    if (!winbind_means(rules, **chosen, name))
        co_return std::unexpected(
            Verdict::refused(Reason::unknown_realm, "not a name that winbind takes for realm " + (*chosen)->realm));
    trail.step("realm ", (*chosen)->realm, ": asked for ", name.given, ", who has answered a challenge");
    co_return &realm;
}

/// A lock that may have ended is not one: what is wrong then counts.
bool cannot_log_in(const AccountState& state, WallTime now)
{
    const bool locked =
        state.locked && !state.lock_may_have_ended && (!state.locked_until || now < *state.locked_until);
    return state.disabled || locked;
}

/// Of an answer that is not right. The directory says no more than no, also of the right answer of an account that is
/// not to log in, and does not count that. What was left behind may still be judged, and found wrong.
Shield::Outcome outcome_of(const ChallengeAnswer::Judged& judged, const AccountState& state)
{
    const bool wrong =
        judged.reason == Reason::wrong_password && !cannot_log_in(state, std::chrono::system_clock::now());
    return wrong || judged.may_count ? Shield::Outcome::wrong : Shield::Outcome::undecided;
}

/// Lives for one login, on its worker.
class AnswerLogin
{
public:
    AnswerLogin(const Realm& realm, const Checking& checking, const LoginName& name)
        : realm_(realm), checking_(checking), claimed_(person_login(name))
    {
    }

    Awaitable<Verdict> check();

private:
    PersonLogin person_login(const LoginName& name) const;
    Awaitable<Verdict> take(CountedTry& tried, ChallengeAnswer::Judged judged);
    const Person& claimed() const { return claimed_.known().person; }

    const Realm& realm_;
    const Checking& checking_;
    PersonLogin claimed_;
};

PersonLogin AnswerLogin::person_login(const LoginName& name) const
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking_;
    return {realm_, memory, {name, attempt, pins, rules.rule_of(attempt.service), needs, deadline}, trail};
}

Awaitable<Verdict> AnswerLogin::check()
{
    if (auto refused = co_await find_proved(claimed_))
        co_return std::move(*refused);
    Trail& trail = checking_.trail;
    trail.source = Source::shield;
    CountedTry tried(realm_, checking_.memory, claimed_, checking_.deadline, trail);
    if (const auto refused = co_await tried.begin())
        co_return refused_by(*refused, claimed());
    trail.source = Source::directory;
    trail.server = "winbind";
    auto judged = co_await std::get<AnswerCredential>(checking_.attempt.credential).answer->judge(checking_.deadline);
    if (judged.reason == Reason::granted)
        co_return co_await take(tried, std::move(judged));
    tried.ended_as(outcome_of(judged, claimed().state));
    co_return Verdict::refused(judged.reason, std::move(judged.why), claimed());
}

/// Whom the directory names by SID must be the one whom the answer claimed: theirs is the attempt that is counted.
Awaitable<Verdict> AnswerLogin::take(CountedTry& tried, ChallengeAnswer::Judged judged)
{
    Trail& trail = checking_.trail;
    const LoginName name = name_of_sid(judged.sid);
    PersonLogin login = person_login(name);
    if (auto refused = co_await find_proved(login))
        co_return std::move(*refused);
    if (login.known().person.id != claimed().id)
        co_return Verdict::refused(Reason::wrong_password, "the answer is that of " + login.known().person.name,
                                   claimed());
    tried.ended_as(Shield::Outcome::right);
    login.known().person.state.locked = false; // the directory has just decided that
    trail.last = std::move(judged.last);
    if (realm_.mirror)
        trail.old_password_window = login.known().password_may_be_old(realm_.mirror->facts()->old_password_period);
    co_return co_await login.admit();
}
} // namespace

Awaitable<Verdict> check_answer(const Checking& checking)
{
    const auto name = parse_login_name(std::get<AnswerCredential>(checking.attempt.credential).login);
    if (!name)
        co_return Verdict::refused(Reason::malformed_name, name.error().text);
    const auto realm = co_await realm_of_answer(checking, *name);
    if (!realm)
        co_return realm.error();
    AnswerLogin login(**realm, checking, *name);
    co_return co_await login.check();
}

} // namespace gatehouse::gate
