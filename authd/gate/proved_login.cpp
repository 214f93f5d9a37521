#include "gate/proved_login.hpp"

#include "base/text.hpp"
#include "gate/ticket_person.hpp"

#include <algorithm>

namespace gatehouse::gate
{

namespace
{
/// Is the person in one of the groups whose members may act for others here? Not knowing it is no.
Awaitable<bool> may_act_for_others(const Checking& checking, const Person& person)
{
    if (checking.pins.may_act_for_others.empty())
        co_return false;
    const auto names = std::ranges::find(checking.rules.names, person.realm, &RealmNames::realm);
    const LoginName name{.form = LoginName::Form::plain, .given = person.name, .user = person.name, .qualifier = {}};
    const Lookup lookup =
        co_await look_up(checking.rules.realm_of(*names), name, Detail::groups, checking.deadline, checking.trail);
    if (lookup.outcome != Lookup::Outcome::found || lookup.person.name != person.name)
        co_return false;
    const auto& wanted = checking.pins.may_act_for_others.of(person.realm);
    co_return std::ranges::any_of(lookup.person.groups,
                                  [&](const Membership& each) { return wanted.contains(text::lower(each.group)); });
}

/// Who is meant by a name other than the one that logs in.
Awaitable<Located> locate_other(const Checking& checking, const LoginName& name)
{
    Routed routed = route_within(checking.rules, checking.pins, name, checking.attempt.realm_hint);
    if (routed.reason != Reason::granted)
        co_return Located{.reason = routed.reason};
    co_return co_await locate_in(checking.rules, std::move(routed.realms), name, Detail::account, checking.deadline,
                                 checking.trail);
}

/// The one of a certificate's names by which its person is found. Error: it has none, or they mean several people.
Awaitable<Result<LoginName, Verdict>> name_of_certificate(const Checking& checking)
{
    const auto& names = std::get<CertificateCredential>(checking.attempt.credential).names;
    std::optional<LoginName> meant;
    Located first{.reason = Reason::malformed_credential, .detail = "no client certificate that names anybody is told"};
    for (const std::string& text : names) {
        auto name = parse_login_name(text);
        if (!name)
            co_return std::unexpected(Verdict::refused(Reason::malformed_name, name.error().text));
        if (names.size() == 1)
            co_return std::move(*name);
        Located located = co_await locate_other(checking, *name);
        const bool nobody = located.reason != Reason::granted && !is_outage(located.reason);
        if (is_outage(located.reason) || located.reason == Reason::ambiguous_name)
            co_return std::unexpected(Verdict::refused(located.reason, std::move(located.detail)));
        if (nobody && meant)
            continue;
        if (meant && (located.realm != first.realm || located.person.name != first.person.name))
            co_return std::unexpected(
                Verdict::refused(Reason::ambiguous_name, "the certificate's addresses are of several people"));
        first = std::move(located);
        if (!nobody)
            meant = std::move(*name);
    }
    if (!meant)
        co_return std::unexpected(Verdict::refused(first.reason, std::move(first.detail)));
    co_return std::move(*meant);
}
} // namespace

Awaitable<std::optional<Verdict>> find_proved(PersonLogin& login)
{
    if (auto decided = login.find_in_mirror())
        co_return decided;
    if (!login.is_known() || login.mirror().is() == MirrorIs::stale)
        co_return co_await login.find_in_directory();
    co_return std::nullopt;
}

Awaitable<Verdict> admit_proved(const Realm& realm, const Memory& memory, PersonLogin::Asked asked, Trail& trail)
{
    PersonLogin login(realm, memory, asked, trail);
    if (auto refused = co_await find_proved(login))
        co_return std::move(*refused);
    co_return co_await login.admit();
}

Awaitable<Verdict> check_ticket(const Checking& checking)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto& ticket = std::get<TicketCredential>(attempt.credential);
    const auto meant = person_of_ticket(rules, pins, ticket);
    if (!meant)
        co_return meant.error();
    const auto& [names, name] = *meant;
    trail.step("realm ", names->realm, ": asked for ", name.given, ", whom a ticket names ", ticket.login);
    const PersonLogin::Asked asked{name, attempt, pins, rules.rule_of(attempt.service), needs, deadline};
    Verdict verdict = co_await admit_proved(rules.realm_of(*names), memory, asked, trail);
    co_return verdict.granted() ? std::move(verdict).until(ticket.ends) : std::move(verdict);
}

Awaitable<Verdict> check_certificate(const Checking& checking)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto meant = co_await name_of_certificate(checking);
    if (!meant)
        co_return meant.error();
    const LoginName& name = *meant;
    const auto chosen = co_await realm_for(rules, pins, name, attempt.realm_hint, deadline, trail);
    if (!chosen)
        co_return chosen.error();
    trail.step("realm ", (*chosen)->realm, ": asked for ", name.given, ", whom a client certificate names");
    const PersonLogin::Asked asked{name, attempt, pins, rules.rule_of(attempt.service), needs, deadline};
    co_return co_await admit_proved(rules.realm_of(**chosen), memory, asked, trail);
}

Awaitable<Verdict> act_for(const Checking& checking, Verdict granted)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const Person& actor = *granted.person();
    const auto refusal = [&] {
        return Verdict::refused(Reason::authzid_not_allowed, "asked to act for " + authzid_of(attempt.credential),
                                actor);
    };
    const auto name = parse_login_name(authzid_of(attempt.credential));
    if (!name)
        co_return refusal();
    Located other = co_await locate_other(checking, *name);
    if (other.reason == Reason::granted && other.realm == actor.realm && other.person.name == actor.name)
        co_return granted;
    if (is_outage(other.reason))
        co_return Verdict::refused(other.reason, std::move(other.detail), actor);
    if (!co_await may_act_for_others(checking, actor) || other.reason != Reason::granted)
        co_return refusal();
    trail.actor = actor.name;
    trail.step(actor.name, " acts for ", other.person.name);
    const auto names = std::ranges::find(rules.names, other.realm, &RealmNames::realm);
    const PersonLogin::Asked asked{*name, attempt, pins, rules.rule_of(attempt.service), needs, deadline};
    Verdict verdict = co_await admit_proved(rules.realm_of(*names), memory, asked, trail);
    const auto ends = granted.valid_until();
    co_return verdict.granted() && ends ? std::move(verdict).until(*ends) : std::move(verdict);
}

} // namespace gatehouse::gate
