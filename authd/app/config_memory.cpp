#include "app/config_sections.hpp"

#include "app/store_keys.hpp"
#include "base/secret_file.hpp"
#include "base/text.hpp"
#include "kerberos/auth_to_local_rule.hpp"

#include <array>

namespace gatehouse::app
{

using yaml::Fields;
using yaml::Value;
using namespace std::chrono_literals;

namespace
{
/// A duration of the file in whole seconds.
void read_seconds(Fields& fields, std::string_view key, std::chrono::seconds& into, std::chrono::seconds most)
{
    std::chrono::milliseconds value = into;
    fields.read(key, value, &Value::duration, 0ms, std::chrono::milliseconds(most));
    into = std::chrono::duration_cast<std::chrono::seconds>(value);
}

void read_auth_to_local(const Value& list, std::vector<std::string>& rules)
{
    rules = list.texts().value_or(rules);
    for (const Value& item : list.items())
        if (const auto rule = item.text())
            if (const auto sound = kerberos::check_auth_to_local(*rule); !sound)
                item.fault(sound.error().text);
}

/// Whose a ticket is must be certain.
void check_kerberos_realm(const Value& value, const RealmNames& realm, const Config& config)
{
    for (const RealmConfig& other : config.realms)
        if (other.tickets && !realm.kerberos_realm.empty() && other.names.kerberos_realm == realm.kerberos_realm)
            value.fault("realm \"" + other.names.realm + "\" and realm \"" + realm.realm + "\" both take tickets of " +
                        realm.kerberos_realm + ": whose they are would not be certain");
}
} // namespace

void read_proofs(const Value& value, gate::ProofRules& proofs)
{
    value.fields([&](Fields& fields) {
        fields.read("remember", proofs.remember, &Value::boolean);
        read_seconds(fields, "ttl", proofs.ttl, 24h);
        read_seconds(fields, "grace", proofs.grace, 30 * 24h);
        if (const auto groups = fields.find("grace_exclude"))
            if (const auto names = groups->texts())
                for (const std::string& name : *names)
                    proofs.grace_exclude.insert(text::lower(name));
    });
}

void read_shield(const Value& value, gate::ShieldRules& shield)
{
    value.fields([&](Fields& fields) {
        fields.read("lockout_floor", shield.lockout_floor, &Value::number, 1, 1000);
        fields.read("spray_people", shield.spray_people, &Value::number, 2, 1'000'000);
        read_seconds(fields, "spray_window", shield.spray_window, 24h);
    });
}

void read_passwords(const Value& value, RealmConfig& realm)
{
    static constexpr std::array<yaml::Word<PasswordsBy>, 2> ways{
        {{"bind", PasswordsBy::bind}, {"kerberos", PasswordsBy::kerberos}}};
    value.fields([&](Fields& fields) {
        fields.read_word("by", realm.passwords_by, ways);
        const auto keytab = fields.find("keytab");
        if (!keytab) {
            if (realm.passwords_by == PasswordsBy::kerberos)
                value.fault("missing key \"keytab\": without a key of ours nobody can tell a KDC from an impostor");
            return;
        }
        kerberos::AsSettings& settings = realm.kerberos.emplace();
        settings.realm = realm.names.realm;
        settings.kerberos_realm = realm.names.kerberos_realm;
        settings.keytab = keytab->path_name().value_or("");
        if (settings.kerberos_realm.empty())
            value.fault("the realm needs kerberos_realm, too");
        fields.read("kdcs", settings.kdcs, &Value::some_texts);
        fields.read("timeout", settings.timeout, &Value::duration, 100ms, 60s);
        fields.read("at_once", settings.at_once, &Value::number, 1, 1024);
    });
}

void read_tickets(const Value& value, RealmConfig& realm, const Config& config)
{
    value.fields([&](Fields& fields) {
        TicketConfig& tickets = realm.tickets.emplace();
        if (const auto keytab = fields.require("keytab"))
            tickets.keytab = keytab->path_name().value_or("");
        if (const auto rules = fields.find("auth_to_local"))
            read_auth_to_local(*rules, tickets.auth_to_local);
        if (realm.names.kerberos_realm.empty())
            value.fault("the realm needs kerberos_realm, too");
        check_kerberos_realm(value, realm.names, config);
    });
}

void read_store(const Value& value, store::StoreSettings& store)
{
    value.fields([&](Fields& fields) {
        const auto file = fields.find("file");
        const auto postgresql = fields.find("postgresql");
        if (file && postgresql)
            postgresql->fault("give file or postgresql, not both");
        if (file)
            store.file = file->path_name().value_or("");
        if (postgresql) {
            store.file.clear();
            store.postgresql = postgresql->text().value_or("");
            if (text::lower(store.postgresql).find("password") != std::string::npos)
                postgresql->fault("a secret never stands in this file; use password_file");
        }
        if (const auto password = fields.find("password_file"))
            if (const auto path = password->path_name()) {
                store.password_file = *path;
                if (const auto secret = read_secret_file(*path); !secret)
                    password->fault(secret.error().text);
            }
        fields.read("node", store.node, &Value::text);
    });
}

void read_store_secrets(const Value& value, std::vector<std::string>& key_files)
{
    value.fields([&](Fields& fields) {
        const auto list = fields.require("key_files");
        if (!list)
            return;
        list->some_texts();
        for (const Value& item : list->items())
            if (const auto path = item.path_name()) {
                key_files.push_back(*path);
                if (const auto key = read_store_key(*path); !key)
                    item.fault(key.error().text);
            }
    });
}

void read_metrics(const Value& value, std::string& listen)
{
    value.fields([&](Fields& fields) { fields.demand("listen", listen, &Value::text); });
}

} // namespace gatehouse::app
