#include "app/realms.hpp"

#include "directory/factory.hpp"
#include "directory/local_directory.hpp"
#include "gate/known_person.hpp"

#include <algorithm>

namespace gatehouse::app
{

namespace
{
gate::Realm realm_of(const RealmConfig& config, std::shared_ptr<Directory> directory,
                     std::shared_ptr<PasswordCheck> as_check, std::shared_ptr<people::Mirror> mirror)
{
    const bool by_kerberos = config.passwords_by == PasswordsBy::kerberos;
    return {.directory = std::move(directory),
            .check = by_kerberos ? as_check : nullptr,
            .as_check = std::move(as_check),
            .mirror = std::move(mirror),
            .takes_tickets = config.tickets.has_value(),
            .foreign_names = {},
            .proofs = config.proofs,
            .shield = config.shield};
}

kerberos::GssSettings gss_settings_of(const Config& config)
{
    kerberos::GssSettings settings;
    settings.ntlm = offers_ntlm(config);
    for (const RealmConfig& realm : config.realms)
        if (realm.tickets && std::ranges::find(settings.keytabs, realm.tickets->keytab) == settings.keytabs.end())
            settings.keytabs.push_back(realm.tickets->keytab);
    return settings;
}

/// Null: it takes no tickets of foreign Kerberos realms.
Result<std::shared_ptr<const kerberos::ForeignNames>> foreign_names_of(const RealmConfig& realm)
{
    if (!realm.tickets || realm.tickets->auth_to_local.empty())
        return nullptr;
    return kerberos::ForeignNames::make(realm.names.kerberos_realm, realm.tickets->auth_to_local);
}

/// Null: no realm keeps any.
std::shared_ptr<const Verifiers> verifiers_of(const gate::Rules& rules)
{
    std::vector<Verifiers::Realm> realms;
    for (std::size_t i = 0; i < rules.realms.size(); ++i) {
        const auto& directory = rules.realms[i].directory;
        const VerifierSource* const source = directory->verifiers();
        realms.push_back({.names = rules.names[i],
                          .source = source ? std::shared_ptr<const VerifierSource>(directory, source) : nullptr});
    }
    auto verifiers = std::make_shared<const Verifiers>(std::move(realms));
    return verifiers->any() ? verifiers : nullptr;
}
} // namespace

Result<std::shared_ptr<const gate::Rules>> Realms::rules_for(const Config& config)
{
    auto rules = std::make_shared<gate::Rules>();
    rules->services = config.services;
    rules->refusal_grid = config.process.refusal_grid;
    std::vector<Kept> next;
    for (const RealmConfig& realm : config.realms) {
        auto kept = keep(realm);
        if (!kept)
            return std::unexpected(std::move(kept.error()));
        auto foreign_names = foreign_names_of(realm);
        if (!foreign_names)
            return std::unexpected(std::move(foreign_names.error()));
        rules->names.push_back(realm.names);
        rules->realms.push_back(realm_of(realm, kept->directory, kept->as_check, kept->mirror));
        rules->realms.back().foreign_names = std::move(*foreign_names);
        next.push_back(std::move(*kept));
    }
    kerberos::GssSettings settings = gss_settings_of(config);
    if (!settings.keytabs.empty()) {
        auto accepted = accepted_tickets(config.process.replay_cache);
        if (!accepted)
            return std::unexpected(std::move(accepted.error()));
        settings.accepted = std::move(*accepted);
    }
    auto acceptor = acceptor_for(settings);
    if (!acceptor)
        return std::unexpected(std::move(acceptor.error()));
    rules->means = {.gss = *acceptor, .verifiers = verifiers_of(*rules), .blocking = &winbind_, .ntlm = settings.ntlm};
    acceptor_ = std::move(*acceptor);
    gss_settings_ = std::move(settings);
    kept_ = std::move(next);
    return rules;
}

/// One for as long as the process lives, so that what was seen at one listener is known at all.
Result<std::shared_ptr<kerberos::ReplayCache>> Realms::accepted_tickets(const std::string& file)
{
    if (!accepted_tickets_) {
        auto opened = kerberos::ReplayCache::open(file);
        if (!opened)
            return opened;
        accepted_tickets_ = std::move(*opened);
    }
    return accepted_tickets_;
}

Result<std::shared_ptr<GssAcceptor>> Realms::acceptor_for(const kerberos::GssSettings& settings)
{
    if (settings.keytabs.empty() && !settings.ntlm)
        return nullptr;
    if (acceptor_ && settings == gss_settings_)
        return acceptor_;
    return kerberos::make_gss_acceptor(settings);
}

Result<Realms::Kept> Realms::keep(const RealmConfig& realm)
{
    Kept kept{.config = realm, .directory = {}, .mirror = {}, .watch = {}, .as_check = {}};
    keep_directory(kept);
    if (auto done = keep_as_check(kept); !done)
        return std::unexpected(std::move(done.error()));
    return kept;
}

void Realms::keep_directory(Kept& kept)
{
    const RealmConfig& config = kept.config;
    const auto same = std::ranges::find_if(kept_, [&](const Kept& old) {
        return old.config.directory == config.directory && old.config.proofs.remember == config.proofs.remember;
    });
    if (same != kept_.end()) {
        kept.directory = same->directory;
        kept.mirror = same->mirror;
        kept.watch = same->watch;
        return;
    }
    kept.directory = make_directory(config);
    if (!config.proofs.remember)
        return;
    kept.mirror = std::make_shared<people::Mirror>(config.names.realm);
    kept.watch = gate::retire_proofs_with(kept.mirror, config.names.realm, proofs_);
    kept.directory->follow(kept.mirror);
}

Result<void> Realms::keep_as_check(Kept& kept)
{
    if (!kept.config.kerberos)
        return {};
    for (const Kept& old : kept_)
        if (old.as_check && old.config.kerberos == kept.config.kerberos) {
            kept.as_check = old.as_check;
            return {};
        }
    auto made = kerberos::make_as_check(*kept.config.kerberos, network_);
    if (!made)
        return std::unexpected(std::move(made.error()));
    kept.as_check = std::move(*made);
    return {};
}

std::shared_ptr<Directory> Realms::make_directory(const RealmConfig& realm)
{
    if (const auto* local = std::get_if<directory::LocalSettings>(&realm.directory))
        return directory::make_directory(*local, compute_);
    if (const auto* openldap = std::get_if<directory::OpenLdapSettings>(&realm.directory))
        return directory::make_directory(*openldap, network_);
    return directory::make_directory(std::get<directory::ActiveDirectorySettings>(realm.directory), network_);
}

} // namespace gatehouse::app
