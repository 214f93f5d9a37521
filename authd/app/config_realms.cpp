#include "app/config_sections.hpp"

#include "base/text.hpp"
#include "directory/local_people.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::app
{

using yaml::Fields;
using yaml::Value;

namespace
{
constexpr std::array<yaml::Word<bool>, 2> mailbox_words{{{"name", false}, {"address", true}}};

std::vector<std::string> lowered(std::vector<std::string> words)
{
    for (std::string& word : words)
        word = text::lower(word);
    return words;
}

void check_filter(const Value& value, const std::string& filter)
{
    long depth = 0;
    bool balanced = filter.starts_with('(') && filter.ends_with(')');
    for (const char c : filter) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        balanced = balanced && depth >= 0;
    }
    if (!balanced || depth != 0)
        value.fault("expected an LDAP filter in parentheses, found \"" + filter + "\"");
}

void read_filter(Fields& fields, std::string& filter)
{
    if (const auto value = fields.find("filter"))
        if (const auto text = value->text()) {
            check_filter(*value, *text);
            filter = *text;
        }
}

void check_dn_template(const Value& value, const std::string& text)
{
    const std::size_t at = text.find("{name}");
    if (at == std::string::npos || text.find_first_of("{}", at + 6) != std::string::npos ||
        text.find_first_of("{}") != at)
        value.fault("expected a DN with {name} in it once, such as \"uid={name},ou=people,dc=campus,dc=example\"");
}

void read_ldap_people(const Value& value, directory::OpenLdapSettings& settings)
{
    value.fields([&](Fields& fields) {
        const auto base = fields.find("base");
        const auto dn_template = fields.find("dn_template");
        if (!base && !dn_template)
            value.fault("missing key \"base\" (or \"dn_template\")");
        if (base)
            settings.people_base = base->text().value_or("");
        if (dn_template)
            if (const auto text = dn_template->text()) {
                check_dn_template(*dn_template, *text);
                settings.dn_template = *text;
            }
        read_filter(fields, settings.people_filter);
        fields.read("name", settings.name_attribute, &Value::text);
        fields.read("addresses", settings.address_attributes, &Value::texts);
        fields.read("mail_host", settings.mail_host_attribute, &Value::text);
    });
}

void read_ldap_groups(const Value& value, directory::OpenLdapSettings& settings)
{
    value.fields([&](Fields& fields) {
        fields.demand("base", settings.groups_base, &Value::text);
        fields.read("name", settings.group_name_attribute, &Value::text);
        fields.read("by", settings.group_member_attributes, &Value::some_texts);
        fields.read("nested", settings.nested_groups, &Value::boolean);
    });
}

/// What OpenLDAP and Active Directory have in common.
template <class Settings>
void read_ldap(Fields& fields, Settings& settings, Config& config)
{
    if (const auto tls = fields.find("tls"))
        read_tls(*tls, settings.tls, config);
    if (const auto timing = fields.find("timing"))
        read_timing(*timing, settings.timing);
    fields.read_word("mailbox", settings.mailbox_is_address, mailbox_words);
}

directory::OpenLdapSettings read_openldap(Fields& fields, const RealmNames& names, Config& config)
{
    directory::OpenLdapSettings settings;
    settings.realm = names.realm;
    read_servers(fields, settings.servers, false);
    read_ldap(fields, settings, config);
    if (const auto bind = fields.find("bind"))
        read_bind(*bind, settings.bind);
    if (const auto people = fields.require("people"))
        read_ldap_people(*people, settings);
    if (const auto groups = fields.find("groups"))
        read_ldap_groups(*groups, settings);
    fields.read("policy", settings.policy_dn, &Value::text);
    return settings;
}

directory::ActiveDirectorySettings read_active_directory(Fields& fields, const RealmNames& names, Config& config)
{
    directory::ActiveDirectorySettings settings;
    settings.realm = names.realm;
    settings.upn_suffixes = names.upn_suffixes;
    read_servers(fields, settings.servers, true);
    read_ldap(fields, settings, config);
    if (const auto bind = fields.require("bind")) // no domain controller answers an anonymous search
        read_bind(*bind, settings.bind);
    fields.read("feed_interval", settings.feed_interval, &Value::duration, std::chrono::milliseconds(50),
                std::chrono::milliseconds(60'000));
    if (const auto interval = fields.find("deletions_interval"))
        if (const auto value = interval->duration(std::chrono::seconds(1), std::chrono::hours(24)))
            settings.deletions_interval = std::chrono::duration_cast<std::chrono::seconds>(*value);
    if (const auto period = fields.find("old_password_period"))
        if (const auto value = period->duration(std::chrono::milliseconds(0), std::chrono::hours(24)))
            settings.old_password_period = std::chrono::duration_cast<std::chrono::minutes>(*value);
    if (const auto people = fields.find("people"))
        people->fields([&](Fields& keys) {
            keys.read("base", settings.base, &Value::text);
            read_filter(keys, settings.people_filter);
            keys.read("mail_host", settings.mail_host_attribute, &Value::text);
        });
    return settings;
}

directory::LocalSettings read_local(Fields& fields, const RealmNames& names)
{
    directory::LocalSettings settings{.realm = names.realm, .people_file = {}};
    const auto file = fields.require("people_file");
    const auto path = file ? file->path_name() : std::nullopt;
    if (!path)
        return settings;
    settings.people_file = *path;
    if (const auto people = directory::LocalPeople::read(names.realm, *path); !people) {
        const std::string& faults = people.error().text;
        if (faults.starts_with(*path + ": ")) // about the file as a whole, not about a line of it
            file->fault(faults);
        else
            file->faults().add_lines(faults);
    }
    return settings;
}

void read_directory(const Value& value, RealmConfig& realm, Config& config)
{
    enum class Kind { active_directory, openldap, local };
    static constexpr std::array<yaml::Word<Kind>, 3> kinds{
        {{"active-directory", Kind::active_directory}, {"openldap", Kind::openldap}, {"local", Kind::local}}};
    value.fields([&](Fields& fields) {
        const auto type = fields.require("type");
        const auto kind = type ? type->word<Kind>(kinds) : std::nullopt;
        if (!kind) {
            fields.allow_rest();
            return;
        }
        switch (*kind) {
        case Kind::active_directory: realm.directory = read_active_directory(fields, realm.names, config); break;
        case Kind::openldap: realm.directory = read_openldap(fields, realm.names, config); break;
        case Kind::local: realm.directory = read_local(fields, realm.names); break;
        }
    });
}

void read_domains(Fields& fields, std::string_view key, std::vector<std::string>& domains)
{
    const auto list = fields.find(key);
    if (!list)
        return;
    for (const Value& domain : list->items())
        if (const auto text = domain.text(); text && text->find_first_of("@\\ ") != std::string::npos)
            domain.fault("expected a domain such as campus.example, found \"" + *text + "\"");
    domains = lowered(list->texts().value_or(domains));
}

void read_realm_name(Fields& fields, std::string& name, const Config& config)
{
    const auto value = fields.require("name");
    if (!value)
        return;
    name = value->text().value_or("");
    if (name.find_first_of("@\\/ ") != std::string::npos)
        value->fault("expected a word without '@', '\\', '/' and blanks, found \"" + name + "\"");
    for (const RealmConfig& other : config.realms)
        if (!name.empty() && text::equal_ignoring_case(other.names.realm, name))
            value->fault("a realm named \"" + other.names.realm + "\" exists already");
}

void read_realm(const Value& value, Config& config)
{
    RealmConfig realm;
    value.fields([&](Fields& fields) {
        read_realm_name(fields, realm.names.realm, config);
        if (const auto is_default = fields.find("default")) {
            realm.names.is_default = is_default->boolean().value_or(false);
            const auto other = std::ranges::find_if(config.realms, [](auto& each) { return each.names.is_default; });
            if (realm.names.is_default && other != config.realms.end())
                is_default->fault("realm \"" + other->names.realm + "\" is the default already");
        }
        fields.read("netbios", realm.names.netbios, &Value::text);
        fields.read("kerberos_realm", realm.names.kerberos_realm, &Value::text);
        read_domains(fields, "upn_suffixes", realm.names.upn_suffixes);
        read_domains(fields, "mail_domains", realm.names.mail_domains);
        if (const auto directory = fields.require("directory"))
            read_directory(*directory, realm, config);
        if (const auto passwords = fields.find("passwords"))
            read_passwords(*passwords, realm);
        if (const auto tickets = fields.find("tickets"))
            read_tickets(*tickets, realm, config);
        if (const auto proofs = fields.find("proofs"))
            read_proofs(*proofs, realm.proofs);
        if (const auto shield = fields.find("shield"))
            read_shield(*shield, realm.shield);
    });
    config.realms.push_back(std::move(realm));
}
} // namespace

void read_realms(const Value& list, Config& config)
{
    const auto items = list.items();
    for (const Value& item : items)
        read_realm(item, config);
    if (items.empty() && list.faults().empty())
        list.fault("expected at least one realm");
}

} // namespace gatehouse::app
