#include "gate/gate.hpp"

#include "base/log.hpp"
#include "gate/password_login.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace gatehouse::gate
{

namespace asio = boost::asio;

namespace
{
/// What the listener may ask at all. `granted`: go on.
Reason check_pins(const Attempt& attempt, const Pins& pins)
{
    if (!pins.peer_uids.empty() && !pins.peer_uids.contains(attempt.peer_uid))
        return Reason::peer_not_allowed;
    if (!pins.services.empty() && !pins.services.contains(attempt.service))
        return Reason::service_not_allowed;
    if (std::holds_alternative<ProvedName>(attempt.credential) && !pins.may_admit)
        return Reason::admit_not_allowed;
    return Reason::granted;
}

/// What can be refused by looking at the credential alone. A name or password with a NUL cannot be anybody's:
/// directories take text, and a C library would cut it there.
Reason check_form(const Credential& credential)
{
    if (!std::holds_alternative<PasswordCredential>(credential))
        return Reason::granted;
    const auto& shown = std::get<PasswordCredential>(credential);
    if (!shown.authzid.empty() && shown.authzid != shown.login)
        return Reason::authzid_not_allowed;
    if (shown.password.empty())
        return Reason::empty_password; // Active Directory takes it as an anonymous bind that succeeds (RFC 4513 5.1.2)
    if (shown.password.view().find('\0') != std::string_view::npos)
        return Reason::malformed_credential;
    return Reason::granted;
}

struct Routed {
    Reason reason = Reason::granted;
    std::vector<const RealmNames*> realms;
};

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

Lookup found_in_mirror(const people::People& people, const people::People::Found& found, Detail detail)
{
    if (found.one)
        return {.outcome = Lookup::Outcome::found, .person = people.describe(*found.one, detail)};
    if (found.absent())
        return {.outcome = Lookup::Outcome::absent};
    return {.outcome = Lookup::Outcome::ambiguous, .detail = names_of(found)};
}

/// Asks the mirror where it is the truth, else the directory. While the directory is away the mirror's last word is
/// better than none.
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

/// Asks each realm for the person. An outage of one of several is an outage: the name might be ambiguous.
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

const ServiceRule* rule_for(const Rules& rules, const std::string& service)
{
    const auto rule = rules.services.find(service);
    return rule == rules.services.end() ? nullptr : &rule->second;
}

/// The realm among several that knows the person; the first, when none does: it refuses, in the time that a wrong
/// password takes.
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

/// A login of a realm that remembers nothing.
Awaitable<Verdict> ask_directory(const Realm& realm, const Memory& memory, PersonLogin::Asked asked, Trail& trail)
{
    PersonLogin login(realm, memory, asked, trail);
    const auto& shown = std::get<PasswordCredential>(asked.attempt.credential);
    trail.source = Source::directory;
    PasswordAnswer answer = co_await realm.directory->check_password(asked.name, shown.password, login.wanted_detail(),
                                                                     asked.deadline, trail);
    auto person = std::move(answer.person);
    if (answer.reason != Reason::granted)
        co_return refused_by(answer, std::move(person));
    if (person)
        login.learn(std::move(*person));
    else if (auto unknown = co_await login.find_in_directory())
        co_return std::move(*unknown);
    co_return co_await login.admit();
}

/// The same where Kerberos verifies: it knows principals, so the directory says first who is meant.
Awaitable<Verdict> ask_kerberos(const Realm& realm, const Memory& memory, PersonLogin::Asked asked, Trail& trail)
{
    PersonLogin login(realm, memory, asked, trail);
    if (auto refused = co_await login.find_in_directory())
        co_return std::move(*refused);
    trail.source = Source::directory;
    const auto& shown = std::get<PasswordCredential>(asked.attempt.credential);
    const PasswordAnswer answer =
        co_await realm.check->check_password_of(login.known().person, shown.password, asked.deadline, trail);
    if (answer.reason != Reason::granted)
        co_return refused_by(answer, login.known().person);
    co_return co_await login.admit();
}

/// Somebody whom the caller has proved: only whether People admit them is asked.
Awaitable<Verdict> admit_proved(const Realm& realm, const Memory& memory, PersonLogin::Asked asked, Trail& trail)
{
    PersonLogin login(realm, memory, asked, trail);
    if (auto decided = login.find_in_mirror())
        co_return std::move(*decided);
    if (!login.is_known() || login.mirror().is() == MirrorIs::stale)
        if (auto refused = co_await login.find_in_directory())
            co_return std::move(*refused);
    co_return co_await login.admit();
}

Awaitable<Verdict> check_credential(const Rules& rules, const Memory& memory, const Attempt& attempt, const Pins& pins,
                                    Deadline deadline, Trail& trail, const Needs& needs)
{
    const auto name = parse_login_name(login_of(attempt.credential));
    if (!name)
        co_return Verdict::refused(Reason::malformed_name, name.error().text);
    Routed routed = route_within(rules, pins, *name, attempt.realm_hint);
    if (routed.reason != Reason::granted)
        co_return Verdict::refused(routed.reason);
    auto chosen = co_await choose_realm(rules, std::move(routed), *name, deadline, trail);
    if (!chosen)
        co_return std::move(chosen.error());
    trail.step("realm ", (*chosen)->realm, ": asked for ", name->given);
    const Realm& realm = rules.realm_of(**chosen);
    const ServiceRule* const rule = rule_for(rules, attempt.service);
    const PersonLogin::Asked asked{*name, attempt, pins, rule, needs, deadline};
    if (std::holds_alternative<ProvedName>(attempt.credential))
        co_return co_await admit_proved(realm, memory, asked, trail);
    if (!realm.proofs.remember && realm.check)
        co_return co_await ask_kerberos(realm, memory, asked, trail);
    if (!realm.proofs.remember)
        co_return co_await ask_directory(realm, memory, asked, trail);
    PasswordLogin login(realm, memory, asked, trail);
    if (auto decided = login.from_memory())
        co_return std::move(*decided);
    co_return co_await login.from_directory();
}

Awaitable<Verdict> decide(const Rules& rules, const AuditLog& audit, const Memory& memory, const Attempt& attempt,
                          const Pins& pins, Deadline deadline, Trail& trail, const Needs& needs)
{
    if (!audit.writable())
        co_return Verdict::refused(Reason::audit_unwritable);
    if (const Reason reason = check_pins(attempt, pins); reason != Reason::granted)
        co_return Verdict::refused(reason);
    if (const Reason reason = check_form(attempt.credential); reason != Reason::granted)
        co_return Verdict::refused(reason);
    std::string failure;
    try {
        co_return co_await check_credential(rules, memory, attempt, pins, deadline, trail, needs);
    } catch (const std::exception& exception) {
        failure = exception.what();
    }
    log::error("gate: a login ended by an exception: {}", failure);
    co_return Verdict::refused(Reason::internal, failure);
}

Awaitable<void> wait_for_grid(std::chrono::milliseconds grid, Deadline started)
{
    if (grid.count() <= 0)
        co_return;
    const auto elapsed = Clock::now() - started;
    asio::steady_timer timer(co_await asio::this_coro::executor, started + (elapsed / grid + 1) * grid);
    co_await timer.async_wait(as_result);
}
} // namespace

Gate::Gate(std::shared_ptr<const Rules> rules, AuditLog& audit, Memory memory)
    : rules_(std::move(rules)), audit_(audit), memory_(memory)
{
}

Awaitable<Verdict> Gate::check(Attempt attempt, std::shared_ptr<const Pins> pins, Deadline deadline, Trail& trail,
                               Needs needs)
{
    const Deadline started = Clock::now();
    const auto rules = rules_.get();
    Verdict verdict = co_await decide(*rules, audit_, memory_, attempt, *pins, deadline, trail, needs);
    co_return co_await conclude(attempt, *pins, std::move(verdict), trail, started);
}

Awaitable<Verdict> Gate::refuse(Attempt attempt, std::shared_ptr<const Pins> pins, Reason reason, std::string detail)
{
    const Trail trail;
    co_return co_await conclude(attempt, *pins, Verdict::refused(reason, std::move(detail)), trail, Clock::now());
}

Awaitable<Verdict> Gate::conclude(const Attempt& attempt, const Pins& pins, Verdict verdict, const Trail& trail,
                                  Deadline started)
{
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started);
    memory_.metrics.observe(attempt, pins, verdict, trail, took);
    if (!audit_.write(audit_line(attempt, pins, login_of(attempt.credential), verdict, trail, took)))
        verdict = Verdict::refused(Reason::audit_unwritable);
    if (verdict.denied())
        co_await wait_for_grid(rules_.get()->refusal_grid, started);
    co_return verdict;
}

Awaitable<Located> Gate::locate(std::string login, std::shared_ptr<const Pins> pins, Detail detail, Deadline deadline,
                                Trail& trail, std::string hint)
{
    const auto rules = rules_.get();
    const auto name = parse_login_name(login);
    if (!name)
        co_return Located{.reason = Reason::malformed_name, .detail = name.error().text};
    Routed routed = route_within(*rules, *pins, *name, hint);
    if (routed.reason != Reason::granted)
        co_return Located{.reason = routed.reason};
    Located located = co_await locate_in(*rules, std::move(routed.realms), *name, detail, deadline, trail);
    if (located.reason == Reason::granted)
        if (auto fixed = memory_.store.mailbox_of(located.realm, located.person.id))
            located.person.mailbox = std::move(*fixed);
    co_return located;
}

} // namespace gatehouse::gate
