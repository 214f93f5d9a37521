#include "kerberos/as_check.hpp"

#include "base/pool_call.hpp"
#include "base/text.hpp"
#include "kerberos/as_exchange.hpp"
#include "kerberos/kdc_talk.hpp"
#include "kerberos/private_profile.hpp"
#include "kerberos/turnstile.hpp"

#include <algorithm>

namespace gatehouse::kerberos
{

namespace
{
class AsCheck final : public KerberosCheck, public std::enable_shared_from_this<AsCheck>
{
public:
    AsCheck(AsSettings settings, std::vector<KdcName> kdcs, BlockingPool& network)
        : settings_(std::move(settings)),
          network_(network),
          kdcs_(std::make_shared<KdcSet>(std::move(kdcs), settings_.kerberos_realm, network)),
          turnstile_(settings_.at_once)
    {
    }

    Awaitable<PasswordAnswer> check_password(const LoginName& name, const Secret& password, Detail detail,
                                             Deadline deadline, Trail& trail) override;
    Awaitable<PasswordAnswer> check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                Trail& trail) override;
    std::vector<ServerHealth> health() const override { return kdcs_->health(); }

private:
    Awaitable<PasswordAnswer> check(AsExchange::Wish wish, const Secret& password, Deadline deadline, Trail& trail);
    Awaitable<Result<AsExchange::Decided>> converse(std::shared_ptr<AsExchange> exchange, Deadline deadline,
                                                    Trail& trail);
    std::vector<ClientName> names_of(const LoginName& name) const;

    const AsSettings settings_;
    BlockingPool& network_;
    const std::shared_ptr<KdcSet> kdcs_;
    Turnstile turnstile_;
};

Reason outage_of(const Error& error, Deadline deadline)
{
    if (error.kind == ErrorKind::limit)
        return Reason::overloaded;
    return error.kind == ErrorKind::deadline && Clock::now() >= deadline ? Reason::deadline
                                                                         : Reason::directory_unavailable;
}

/// A copy for the exchange, with room for the NUL that libkrb5 wants.
bool copy(const Secret& password, Secret& into)
{
    return into.reserve(password.size() + 1) && into.append(password.bytes());
}

std::string outcome_in_words(const AsExchange::Decided& decided)
{
    return decided.judgement.reason == Reason::granted
               ? "the password of " + decided.principal + " is right, and the KDC is proved"
               : std::string(name_of(decided.judgement.reason)) + ": " + decided.judgement.detail;
}

Awaitable<PasswordAnswer> AsCheck::check_password(const LoginName& name, const Secret& password, Detail,
                                                  Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    co_return co_await check({.realm = settings_.kerberos_realm,
                              .keytab = settings_.keytab,
                              .names = names_of(name),
                              .canonical = true,
                              .state = {},
                              .password = {}},
                             password, deadline, trail);
}

Awaitable<PasswordAnswer> AsCheck::check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                     Trail& trail)
{
    const auto self = shared_from_this();
    co_return co_await check({.realm = settings_.kerberos_realm,
                              .keytab = settings_.keytab,
                              .names = {{person.name, false}},
                              .canonical = false,
                              .state = person.state,
                              .password = {}},
                             password, deadline, trail);
}

/// A domain controller looks user@suffix up by itself. A KDC that cannot may know the user all the same when the suffix
/// is the realm.
std::vector<ClientName> AsCheck::names_of(const LoginName& name) const
{
    if (name.form != LoginName::Form::qualified)
        return {{name.user, false}};
    std::vector<ClientName> names{{name.address(), true}};
    if (text::equal_ignoring_case(name.qualifier, settings_.kerberos_realm))
        names.push_back({name.user, false});
    return names;
}

Awaitable<PasswordAnswer> AsCheck::check(AsExchange::Wish wish, const Secret& password, Deadline deadline, Trail& trail)
{
    if (password.empty())
        co_return PasswordAnswer{.reason = Reason::empty_password};
    if (password.view().find('\0') != std::string_view::npos)
        co_return PasswordAnswer{.reason = Reason::malformed_credential,
                                 .detail = "the password has a NUL, which Kerberos clients cannot send"};
    const Deadline until = std::min(deadline, Clock::now() + settings_.timeout);
    const Turnstile::Pass pass = co_await turnstile_.enter(until);
    if (!pass)
        co_return PasswordAnswer{.reason = Reason::overloaded,
                                 .detail = std::to_string(settings_.at_once) +
                                           " logins were asking the KDCs already, and none was done in time"};
    if (!copy(password, wish.password))
        co_return PasswordAnswer{.reason = Reason::overloaded, .detail = "the secret memory is full"};
    auto decided = co_await converse(std::make_shared<AsExchange>(std::move(wish)), until, trail);
    if (!decided)
        co_return PasswordAnswer{.reason = outage_of(decided.error(), deadline), .detail = decided.error().text};
    if (trail.keep_steps)
        trail.step("asked KDC " + trail.server + ": " + outcome_in_words(*decided));
    co_return PasswordAnswer{.reason = decided->judgement.reason,
                             .detail = std::move(decided->judgement.detail),
                             .person = {},
                             .unproven = decided->judgement.unproven};
}

Awaitable<Result<AsExchange::Decided>> AsCheck::converse(std::shared_ptr<AsExchange> exchange, Deadline deadline,
                                                         Trail& trail)
{
    KdcTalk talk(kdcs_, deadline, trail);
    auto step = co_await call_until(network_, [exchange] { return exchange->begin(); }, deadline);
    for (;;) {
        if (!step)
            co_return std::unexpected(std::move(step.error()));
        if (auto* const decided = std::get_if<AsExchange::Decided>(&*step))
            co_return std::move(*decided);
        auto reply = co_await talk.ask(std::get<AsExchange::Ask>(*step));
        if (!reply)
            co_return std::unexpected(std::move(reply.error()));
        step = co_await call_until(
            network_, [exchange, reply = std::move(*reply)] { return exchange->step(reply); }, deadline);
    }
}

/// What an exchange would find out only later.
Result<void> check_keytab(const AsSettings& settings)
{
    const auto context = make_context();
    if (!context)
        return std::unexpected(context.error());
    Keytab keytab(context->get());
    if (auto opened = open_keytab(context->get(), settings.keytab, keytab); !opened)
        return opened;
    const auto services = services_in(context->get(), settings.keytab, keytab.get(), settings.kerberos_realm);
    return services ? Result<void>{} : std::unexpected(services.error());
}
} // namespace

Result<std::shared_ptr<KerberosCheck>> make_as_check(AsSettings settings, BlockingPool& network)
{
    if (auto sound = check_keytab(settings); !sound)
        return std::unexpected(std::move(sound.error()));
    std::vector<KdcName> kdcs;
    for (const std::string& text : settings.kdcs) {
        auto kdc = parse_kdc(text);
        if (!kdc)
            return std::unexpected(std::move(kdc.error()));
        kdcs.push_back(std::move(*kdc));
    }
    return std::make_shared<AsCheck>(std::move(settings), std::move(kdcs), network);
}

} // namespace gatehouse::kerberos
