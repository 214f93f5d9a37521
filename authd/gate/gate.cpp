#include "gate/gate.hpp"

#include "base/log.hpp"
#include "gate/answer_login.hpp"
#include "gate/password_login.hpp"
#include "gate/proved_login.hpp"
#include "gate/store_login.hpp"
#include "gate/verifier_login.hpp"

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
    if (std::holds_alternative<CertificateCredential>(attempt.credential) && !pins.may_external)
        return Reason::external_not_allowed;
    return Reason::granted;
}

/// What can be refused by looking at the credential alone. A name or password with a NUL cannot be anybody's:
/// directories take text, and a C library would cut it there.
Reason check_form(const Credential& credential)
{
    if (!std::holds_alternative<PasswordCredential>(credential))
        return Reason::granted;
    const auto& shown = std::get<PasswordCredential>(credential);
    if (shown.password.empty())
        return Reason::empty_password; // Active Directory takes it as an anonymous bind that succeeds (RFC 4513 5.1.2)
    if (shown.password.view().find('\0') != std::string_view::npos)
        return Reason::malformed_credential;
    return Reason::granted;
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

/// By the name that the credential shows.
Awaitable<Verdict> check_name(const Checking& checking)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto name = parse_login_name(login_of(attempt.credential));
    if (!name)
        co_return Verdict::refused(Reason::malformed_name, name.error().text);
    auto chosen = co_await realm_for(rules, pins, *name, attempt.realm_hint, deadline, trail);
    if (!chosen)
        co_return std::move(chosen.error());
    trail.step("realm ", (*chosen)->realm, ": asked for ", name->given);
    const Realm& realm = rules.realm_of(**chosen);
    const PersonLogin::Asked asked{*name, attempt, pins, rules.rule_of(attempt.service), needs, deadline};
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

Awaitable<Verdict> check_shown(const Checking& checking)
{
    const Credential& credential = checking.attempt.credential;
    if (std::holds_alternative<TicketCredential>(credential))
        return check_ticket(checking);
    if (std::holds_alternative<VerifierCredential>(credential))
        return check_verifier(checking);
    if (std::holds_alternative<CertificateCredential>(credential))
        return check_certificate(checking);
    if (std::holds_alternative<AnswerCredential>(credential))
        return check_answer(checking);
    if (std::holds_alternative<StoreSecretCredential>(credential))
        return check_store_secret(checking);
    return check_name(checking);
}

Awaitable<Verdict> check_credential(const Checking& checking)
{
    const Credential& credential = checking.attempt.credential;
    Verdict verdict = co_await check_shown(checking);
    const std::string& other = authzid_of(credential);
    if (verdict.granted() && !other.empty() && other != login_of(credential))
        co_return co_await act_for(checking, std::move(verdict));
    co_return verdict;
}

Awaitable<Verdict> decide(const AuditLog& audit, const Checking& checking)
{
    if (!audit.writable())
        co_return Verdict::refused(Reason::audit_unwritable);
    if (const Reason reason = check_pins(checking.attempt, checking.pins); reason != Reason::granted)
        co_return Verdict::refused(reason);
    if (const Reason reason = check_form(checking.attempt.credential); reason != Reason::granted)
        co_return Verdict::refused(reason);
    std::string failure;
    try {
        co_return co_await check_credential(checking);
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
    tell_store_secret(attempt);
    Verdict verdict = co_await decide(audit_, {*rules, memory_, attempt, *pins, needs, deadline, trail});
    co_return co_await conclude(attempt, *pins, std::move(verdict), trail, started);
}

Awaitable<Verdict> Gate::refuse(Attempt attempt, std::shared_ptr<const Pins> pins, Reason reason, std::string detail)
{
    const Trail trail;
    co_return co_await conclude(attempt, *pins, Verdict::refused(reason, std::move(detail)), trail, Clock::now());
}

Awaitable<Result<Secret>> Gate::make_store_secret(StoreGrant grant, std::string service, std::string store,
                                                  std::shared_ptr<const Pins> pins, Deadline deadline)
{
    const auto rules = rules_.get();
    const Attempt attempt{.service = std::move(service),
                          .realm_hint = {},
                          .client_address = {},
                          .mechanism = "store-secret",
                          .credential = ProvedName{grant.mailbox}};
    const Needs needs;
    Trail trail;
    co_return co_await gate::make_store_secret({*rules, memory_, attempt, *pins, needs, deadline, trail}, grant, store);
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
