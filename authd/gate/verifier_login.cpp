#include "gate/verifier_login.hpp"

#include "gate/counted_try.hpp"

namespace gatehouse::gate
{

namespace
{
/// A name must mean the person whose verifier it was by the rules of every other login, too: the exchange knows neither
/// what the listener may ask nor the realms that keep no verifiers.
Awaitable<Result<const RealmNames*, Verdict>> realm_of_verifier(const Checking& checking,
                                                                const VerifierCredential& shown)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto name = parse_login_name(shown.login);
    if (!name)
        co_return std::unexpected(Verdict::refused(Reason::malformed_name, name.error().text));
    auto chosen = co_await realm_for(rules, pins, *name, attempt.realm_hint, deadline, trail);
    if (!chosen)
        co_return std::unexpected(std::move(chosen.error()));
    if (shown.name.empty() || shown.proof == Reason::ambiguous_name)
        co_return std::unexpected(Verdict::refused(shown.proof, shown.why));
    if ((*chosen)->realm == shown.realm)
        co_return *chosen;
    if (!pins.realms.empty() && !pins.realms.contains(shown.realm))
        co_return std::unexpected(Verdict::refused(Reason::realm_not_allowed));
    co_return std::unexpected(
        Verdict::refused(Reason::ambiguous_name, "realm " + shown.realm + " keeps a verifier under this name, too"));
}

/// Nothing: the proof counts.
Awaitable<std::optional<Verdict>> refused_by_shield(const Checking& checking, const Realm& realm,
                                                    const PersonLogin& login, Shield::Outcome outcome)
{
    Shield& shield = checking.memory.shield;
    const Shield::Attempt attempt = login.shield_attempt();
    co_await wait_for_network(shield, attempt, checking.deadline);
    const LockoutCount nobody_locks{.used = 0, .policy = LockoutPolicy{}};
    if (shield.may_try(attempt, nobody_locks, Clock::now(), realm.shield) != Shield::Answer::go) {
        checking.trail.source = Source::shield;
        co_return Verdict::refused(Reason::network_slowed, login.network() + " tries passwords of many people");
    }
    shield.ended(attempt, outcome, realm.shield);
    co_return std::nullopt;
}
} // namespace

Awaitable<Verdict> check_verifier(const Checking& checking)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto& shown = std::get<VerifierCredential>(attempt.credential);
    trail.source = Source::verifier;
    const auto names = co_await realm_of_verifier(checking, shown);
    if (!names)
        co_return names.error();
    trail.step("realm ", shown.realm, ": the proof of ", shown.name, " is ",
               shown.proof == Reason::granted ? "right" : "wrong");
    const Realm& realm = rules.realm_of(**names);
    const LoginName name{.form = LoginName::Form::plain, .given = shown.name, .user = shown.name, .qualifier = {}};
    const PersonLogin::Asked asked{name, attempt, pins, rules.rule_of(attempt.service), needs, deadline};
    PersonLogin login(realm, memory, asked, trail);
    if (auto refused = co_await find_proved(login))
        co_return std::move(*refused);
    const bool right = shown.proof == Reason::granted;
    if (auto put_off =
            co_await refused_by_shield(checking, realm, login, right ? Shield::Outcome::right : Shield::Outcome::wrong))
        co_return std::move(*put_off);
    if (!right)
        co_return Verdict::refused(Reason::wrong_password, shown.why, login.known().person);
    co_return co_await login.admit();
}

} // namespace gatehouse::gate
