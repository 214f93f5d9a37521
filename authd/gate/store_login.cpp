#include "gate/store_login.hpp"

#include "wire/store_secret.hpp"

#include <algorithm>

namespace gatehouse::gate
{

namespace
{
/// The name by which the person with this id is found: their own, as the mirror has it, since the mailbox keeps its
/// name when a person is renamed. Without a mirror there is only the name that was shown.
Result<LoginName> name_of(const Realm& realm, std::string_view id, const std::string& mailbox)
{
    const MirrorView mirror(realm);
    const auto stored = mirror.people() != nullptr ? mirror.people()->with_id(id) : nullptr;
    if (!stored)
        return parse_login_name(mailbox);
    const std::string name(stored->name());
    return LoginName{.form = LoginName::Form::plain, .given = name, .user = name, .qualifier = {}};
}

/// The person with this id in the realm, whom an authd has proved. `mailbox`: their mailbox name.
Awaitable<Verdict> admit_by_id(const Checking& checking, const std::string& realm, const std::string& id,
                               const std::string& mailbox)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto names = std::ranges::find(rules.names, realm, &RealmNames::realm);
    if (names == rules.names.end())
        co_return Verdict::refused(Reason::unknown_realm);
    if (!pins.realms.empty() && !pins.realms.contains(realm))
        co_return Verdict::refused(Reason::realm_not_allowed);
    const auto name = name_of(rules.realm_of(*names), id, mailbox);
    if (!name)
        co_return Verdict::refused(Reason::malformed_name, name.error().text);
    trail.step("realm ", realm, ": asked for ", name->given, ", whom a store secret names");
    const PersonLogin::Asked asked{*name, attempt, pins, rules.rule_of(attempt.service), needs, deadline};
    PersonLogin login(rules.realm_of(*names), memory, asked, trail);
    if (auto refused = co_await find_proved(login))
        co_return std::move(*refused);
    if (login.known().person.id != id)
        co_return Verdict::refused(Reason::unknown_person, "the name is another person's by now");
    co_return co_await login.admit();
}
} // namespace

void tell_store_secret(Attempt& attempt)
{
    auto* const shown = std::get_if<PasswordCredential>(&attempt.credential);
    if (shown == nullptr || !wire::is_store_secret(shown->password.view()))
        return;
    attempt.mechanism = "store-secret";
    attempt.credential = StoreSecretCredential{
        .login = std::move(shown->login), .authzid = std::move(shown->authzid), .secret = std::move(shown->password)};
}

Awaitable<Verdict> check_store_secret(const Checking& checking)
{
    const auto& [rules, memory, attempt, pins, needs, deadline, trail] = checking;
    const auto& shown = std::get<StoreSecretCredential>(attempt.credential);
    if (!shown.authzid.empty())
        co_return Verdict::refused(Reason::authzid_not_allowed, "with a store secret nobody acts for " + shown.authzid);
    const auto whose = memory.store_secrets.take(
        shown.secret.view(),
        {.store = pins.store, .service = attempt.service, .login = shown.login, .realm_hint = attempt.realm_hint},
        std::chrono::system_clock::now());
    if (!whose)
        co_return Verdict::refused(whose.error().reason, whose.error().why);
    co_return co_await admit_by_id(checking, whose->realm, whose->id, shown.login);
}

Awaitable<Result<Secret>> make_store_secret(const Checking& checking, const StoreGrant& grant, const std::string& store)
{
    const Attempt& attempt = checking.attempt;
    const auto& services = checking.pins.services;
    if (!services.empty() && !services.contains(attempt.service))
        co_return invalid("this listener may not ask for service " + attempt.service);
    const Verdict verdict = co_await admit_by_id(checking, grant.realm, grant.id, grant.mailbox);
    if (verdict.unavailable())
        co_return unavailable(std::string(public_text(verdict.told())));
    if (!verdict.granted())
        co_return invalid(std::string(public_text(verdict.told())));
    co_return checking.memory.store_secrets.make(
        {.realm = grant.realm, .id = grant.id, .login = grant.mailbox, .service = attempt.service, .store = store},
        std::chrono::system_clock::now());
}

} // namespace gatehouse::gate
