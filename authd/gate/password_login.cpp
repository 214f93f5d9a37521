#include "gate/password_login.hpp"

#include "gate/counted_try.hpp"

namespace gatehouse::gate
{

namespace
{
Flights::Outcome landed(Flights::Landing landing)
{
    return std::make_shared<const Flights::Landing>(std::move(landing));
}

/// A password that is known to be wrong, tried again.
struct Repeated {
    Source source;
    Shield::Repeat what;
    const char* detail;
};

Repeated repeated(Proofs::Known known)
{
    if (known == Proofs::Known::retired)
        return {Source::retired_proof, Shield::Repeat::old_password, "the password before the present one"};
    return {Source::refused_proof, Shield::Repeat::refused, "refused before, and not changed since"};
}

Shield::Outcome outcome_of(const PasswordAnswer& answer)
{
    if (answer.reason == Reason::granted || (proves_password(answer.reason) && !answer.unproven))
        return Shield::Outcome::right;
    return answer.reason == Reason::wrong_password ? Shield::Outcome::wrong : Shield::Outcome::undecided;
}
} // namespace

PasswordLogin::PasswordLogin(const Realm& realm, const Memory& memory, const PersonLogin::Asked& asked, Trail& trail)
    : realm_(realm),
      memory_(memory),
      password_(std::get<PasswordCredential>(asked.attempt.credential).password),
      deadline_(asked.deadline),
      trail_(trail),
      login_(realm, memory, asked, trail)
{
    if (realm_.mirror)
        old_password_period_ = realm_.mirror->facts()->old_password_period;
}

// ---- from memory

std::optional<Verdict> PasswordLogin::from_memory()
{
    if (auto decided = login_.find_in_mirror())
        return decided;
    return login_.is_known() ? judge_proof() : std::nullopt;
}

std::optional<Verdict> PasswordLogin::judge_proof()
{
    const auto proof = memory_.proofs.prove(login_.known().owner(), password_);
    if (!proof)
        return Verdict::refused(Reason::internal, proof.error().text);
    proof_ = *proof;
    remembered_ = memory_.proofs.ask(login_.known().owner(), *proof_, password_now());
    switch (remembered_.known) {
    case Proofs::Known::refused:
    case Proofs::Known::retired: return refuse_repeat();
    case Proofs::Known::nothing: return {};
    case Proofs::Known::good: break;
    }
    if (!proof_serves(remembered_)) {
        remembered_.known = Proofs::Known::nothing;
        return {};
    }
    trail_.source = login_.mirror().is() == MirrorIs::away ? Source::grace : Source::proof;
    return login_.admit_now(); // nothing: the store may have to be waited for
}

/// A good proof is not the whole answer: somebody must know the account's present state.
bool PasswordLogin::proof_serves(const Proofs::Answer& answer) const
{
    const AccountState& state = person().state;
    if (state.locked && state.lock_may_have_ended)
        return false;
    if (!login_.known().stored)
        return true; // the directory has just told the person's state
    switch (login_.mirror().is()) {
    case MirrorIs::live: return true;
    case MirrorIs::away: return has_grace();
    case MirrorIs::stale: return Clock::now() - answer.verified <= realm_.proofs.ttl;
    case MirrorIs::absent: break;
    }
    return false;
}

bool PasswordLogin::has_grace() const
{
    if (Clock::now() - login_.mirror().read_from() > realm_.proofs.grace)
        return false;
    return realm_.proofs.grace_exclude.empty() ||
           !first_group_of(login_.known(), login_.mirror().people(), realm_.proofs.grace_exclude);
}

Verdict PasswordLogin::refuse_repeat()
{
    const Repeated repeat = repeated(remembered_.known);
    trail_.source = repeat.source;
    memory_.shield.repeated(login_.shield_attempt(), repeat.what);
    return Verdict::refused(Reason::wrong_password, repeat.detail, person());
}

// ---- from the directory

Awaitable<Verdict> PasswordLogin::from_directory()
{
    // What a mirror without a feed says of an account may be old.
    if (!login_.is_known() || login_.mirror().is() == MirrorIs::stale) {
        if (auto refused = co_await login_.find_in_directory())
            co_return std::move(*refused);
        if (auto decided = judge_proof())
            co_return std::move(*decided);
    }
    if (remembered_.known == Proofs::Known::good)
        co_return co_await login_.admit();
    const Flights::Outcome landing = co_await verify_once();
    trail_.source = landing->source;
    trail_.old_password_window = landing->old_password_window;
    if (!landing->server.empty())
        trail_.server = landing->server;
    co_return co_await conclude(*landing);
}

Awaitable<Flights::Outcome> PasswordLogin::verify_once()
{
    const std::string key = Flights::key_of(login_.known().owner(), *proof_);
    while (!memory_.flights.lead(key)) {
        Flights::Outcome landing = co_await memory_.flights.wait(key);
        // The leader's deadline was its own; who has time left asks again.
        if (landing && (landing->answer.reason != Reason::deadline || Clock::now() >= deadline_))
            co_return landing;
    }
    Flights::Leader leader(memory_.flights, key);
    auto known = landed_meanwhile();
    const Flights::Outcome landing = landed(known ? std::move(*known) : co_await verify());
    leader.set(landing);
    co_return landing;
}

/// The flight before this one may have landed after memory was asked: what it learned answers this login, too, and the
/// directory is not asked twice.
std::optional<Flights::Landing> PasswordLogin::landed_meanwhile()
{
    remembered_ = memory_.proofs.ask(login_.known().owner(), *proof_, password_now());
    Flights::Landing landing{.answer = {}, .server = {}, .source = Source::proof, .old_password_window = false};
    switch (remembered_.known) {
    case Proofs::Known::nothing: return {};
    case Proofs::Known::good:
        if (!proof_serves(remembered_))
            return {};
        landing.answer.reason = Reason::granted;
        return landing;
    case Proofs::Known::refused:
    case Proofs::Known::retired: break;
    }
    const Repeated repeat = repeated(remembered_.known);
    memory_.shield.repeated(login_.shield_attempt(), repeat.what);
    landing.source = repeat.source;
    landing.answer = {.reason = Reason::wrong_password, .detail = repeat.detail};
    return landing;
}

Awaitable<Flights::Landing> PasswordLogin::verify()
{
    Flights::Landing landing{.answer = {}, .server = {}, .source = Source::shield, .old_password_window = false};
    CountedTry tried(realm_, memory_, login_, deadline_, trail_);
    if (auto refused = co_await tried.begin()) {
        landing.answer = std::move(*refused);
        co_return landing;
    }
    landing.source = Source::directory;
    landing.answer = co_await realm_.password_check().check_password_of(person(), password_, deadline_, trail_);
    const Deadline answered = Clock::now();
    landing.server = trail_.server;
    if (landing.answer.reason == Reason::granted && !realm_.check)
        co_await settle_old_password(landing);
    tried.ended_as(outcome_of(landing.answer));
    remember(landing, answered);
    co_return landing;
}

/// A bind that succeeded soon after a change may have been with the password before. Kerberos knows; without it the
/// login is granted, and nothing is remembered that could keep the old password alive.
Awaitable<void> PasswordLogin::settle_old_password(Flights::Landing& landing)
{
    if (remembered_.predecessor_known || !login_.known().password_may_be_old(old_password_period_))
        co_return;
    landing.old_password_window = true;
    if (!realm_.as_check)
        co_return;
    PasswordAnswer proved = co_await realm_.as_check->check_password_of(person(), password_, deadline_, trail_);
    if (is_outage(proved.reason)) {
        trail_.step("whether this is the old password cannot be told: " + proved.detail);
        co_return;
    }
    landing.old_password_window = false;
    landing.answer = std::move(proved);
}

void PasswordLogin::remember(const Flights::Landing& landing, Deadline answered)
{
    const Proofs::PasswordNow now = password_now();
    if (landing.answer.reason == Reason::granted && !landing.old_password_window)
        memory_.proofs.remember_good(login_.known().owner(), *proof_, now, answered, landing.server);
    else if (landing.answer.reason == Reason::wrong_password)
        memory_.proofs.remember_refused(login_.known().owner(), *proof_, now);
}

Awaitable<Verdict> PasswordLogin::conclude(const Flights::Landing& landing)
{
    if (landing.answer.reason != Reason::granted)
        co_return refused_by(landing.answer, person());
    login_.look_again();                        // groups may have changed while it was asked
    login_.known().person.state.locked = false; // the directory has just decided that
    co_return co_await login_.admit();
}

} // namespace gatehouse::gate
