#include "app/config_sections.hpp"

#include "base/text.hpp"
#include "sasl/mechanism_table.hpp"
#include "wire/store_secret.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace gatehouse::app
{

using door::DoorKind;
using yaml::Fields;
using yaml::Value;
using namespace std::chrono_literals;

namespace
{
constexpr std::array<yaml::Word<DoorKind>, 5> doors{{{"saslauthd", DoorKind::saslauthd},
                                                     {"dovecot", DoorKind::dovecot},
                                                     {"dovecot-userdb", DoorKind::dovecot_userdb},
                                                     {"extauth", DoorKind::extauth},
                                                     {"native", DoorKind::native}}};
constexpr std::size_t longest_socket_path = 107; // sun_path of unix(7), less its NUL

/// What earlier listeners took: the line it stands on.
struct Taken {
    std::map<std::string, int> names;
    std::map<std::string, int> paths;
};

std::string word_of(DoorKind kind)
{
    return std::string(std::ranges::find(doors, kind, &yaml::Word<DoorKind>::meaning)->word);
}

void take(const Value& value, const std::string& key, std::string_view what, std::map<std::string, int>& taken)
{
    const auto [first, added] = taken.emplace(key, value.mark().line);
    if (!added)
        value.fault("another listener has this " + std::string(what) + " (line " + std::to_string(first->second) + ")");
}

void read_socket(const Value& value, SocketSettings& socket, Taken& taken)
{
    value.fields([&](Fields& fields) {
        if (const auto path = fields.require("path"))
            if (const auto text = path->path_name()) {
                socket.path = *text;
                if (text->size() > longest_socket_path)
                    path->fault("longer than " + std::to_string(longest_socket_path) +
                                " bytes, the system's limit for a socket");
                take(*path, std::filesystem::path(*text).lexically_normal(), "socket path", taken.paths);
            }
        if (const auto owner = fields.find("owner"); owner && read_user(*owner, 0))
            socket.owner = *owner->text();
        if (const auto group = fields.find("group"); group && read_group(*group, 0))
            socket.group = *group->text();
        fields.read("mode", socket.mode, &Value::mode);
    });
}

void read_pinned_realms(const Value& list, Pins& pins, const Config& config)
{
    list.some_texts();
    for (const Value& item : list.items()) {
        const auto name = item.text();
        if (!name)
            continue;
        const auto realm = std::ranges::find_if(
            config.realms, [&](const RealmConfig& each) { return text::equal_ignoring_case(each.names.realm, *name); });
        if (realm == config.realms.end())
            item.fault("unknown realm \"" + *name + "\"");
        else
            pins.realms.insert(realm->names.realm);
    }
}

/// Who could make a group of the right name in one realm must not be anybody in another by that.
void read_actors(const Value& list, Pins& pins, const Config& config)
{
    read_groups(list, config, pins.may_act_for_others);
    if ((pins.realms.empty() ? config.realms.size() : pins.realms.size()) < 2)
        return;
    for (const Value& item : list.items())
        if (const auto name = item.text(); name && !name->contains('\\'))
            item.fault("people of several realms come here: say whose group it is, REALM\\" + *name);
}

void read_pins(Fields& fields, Pins& pins, const Config& config)
{
    if (const auto services = fields.find("services"))
        if (const auto names = services->some_texts())
            pins.services.insert(names->begin(), names->end());
    if (const auto realms = fields.find("realms"))
        read_pinned_realms(*realms, pins, config);
    if (const auto uids = fields.find("peer_uids")) {
        uids->some_texts();
        for (const Value& item : uids->items())
            if (const auto uid = read_user(item, 0))
                pins.peer_uids.insert(*uid);
    }
    if (const auto groups = fields.find("may_act_for_others"))
        read_actors(*groups, pins, config);
    fields.read("may_assert_address", pins.may_assert_address, &Value::boolean);
    fields.read("may_external", pins.may_external, &Value::boolean);
    fields.read("may_control", pins.may_control, &Value::boolean);
    fields.read("may_find", pins.may_find, &Value::boolean);
    fields.read("may_admit", pins.may_admit, &Value::boolean);
    fields.read("may_store", pins.may_store, &Value::boolean);
    fields.read("may_open_stores", pins.may_open_stores, &Value::boolean);
    if (const auto store = fields.find("store"))
        if (const auto name = store->text()) {
            pins.store = *name;
            if (!wire::is_store_name(*name))
                store->fault("expected a store's name of 1 to 64 letters, digits, '.', '-' and '_', found \"" + *name +
                             "\"");
        }
    fields.read("may_hold_sessions", pins.may_hold_sessions, &Value::boolean);
}

void check_home(const Value& value, std::string home)
{
    for (const std::string_view placeholder : {"{name}", "{mailbox}", "{realm}"})
        for (std::size_t at; (at = home.find(placeholder)) != std::string::npos;)
            home.erase(at, placeholder.size());
    if (home.find_first_of("{}") != std::string::npos)
        value.fault("expected no other braces than {name}, {mailbox} and {realm}");
}

void read_account(const Value& value, door::AccountTemplate& account)
{
    value.fields([&](Fields& fields) {
        if (const auto uid = fields.require("uid"))
            account.uid = read_user(*uid, 1).value_or(0); // nobody's files belong to root
        if (const auto gid = fields.require("gid"))
            account.gid = read_group(*gid, 1).value_or(0);
        if (const auto home = fields.require("home"))
            if (const auto text = home->path_name()) {
                check_home(*home, *text);
                account.home = *text;
            }
    });
}

void read_limits(const Value& value, door::PeerLimits& limits)
{
    value.fields([&](Fields& fields) {
        fields.read("connections", limits.connections, &Value::number, 1, 65536);
        fields.read("in_flight", limits.in_flight, &Value::number, 1, 65536);
        fields.read("request", limits.request, &Value::duration, 100ms, 10min);
        fields.read("login", limits.login, &Value::duration, 100ms, 10min);
    });
}

bool takes_tickets(const Config& config)
{
    return std::ranges::any_of(config.realms, [](const RealmConfig& realm) { return realm.tickets.has_value(); });
}

bool keeps_verifiers(const Config& config)
{
    return std::ranges::any_of(config.realms, [](const RealmConfig& realm) {
        return std::holds_alternative<directory::LocalSettings>(realm.directory);
    });
}

bool has_active_directory(const Config& config)
{
    return std::ranges::any_of(config.realms, [](const RealmConfig& realm) {
        return std::holds_alternative<directory::ActiveDirectorySettings>(realm.directory);
    });
}

/// What the mechanism stands on is there: in some realm, at this door, or by this listener's pins.
void check_needs(const Value& item, const Mechanism& mechanism, const door::ListenerSettings& listener,
                 const Config& config)
{
    if (mechanism.needs_keytab && !takes_tickets(config))
        item.fault("no realm takes tickets: a realm needs tickets: {keytab: FILE}");
    if (mechanism.needs_verifiers && !keeps_verifiers(config))
        item.fault("no realm keeps SCRAM verifiers: only a realm of type local does");
    if (mechanism.needs_winbind && !has_active_directory(config))
        item.fault("NTLM proves people of Active Directory only, and no realm is of that type");
    if (mechanism.needs_binding && listener.door != DoorKind::native)
        item.fault("door " + word_of(listener.door) +
                   " has no channel bindings in its protocol: only the native door "
                   "offers this mechanism");
    if (mechanism.needs_certificate && !listener.pins.may_external)
        item.fault("the listener needs may_external: true, which lets it vouch for client certificates");
}

void read_mechanisms(const Value& list, door::ListenerSettings& listener, const Config& config)
{
    std::vector<std::string_view> known;
    for (const Mechanism* mechanism : sasl::mechanisms())
        known.push_back(mechanism->name);
    for (const Value& item : list.items()) {
        if (const auto number = item.choice(known))
            check_needs(item, *sasl::mechanisms()[*number], listener, config);
    }
    listener.mechanisms = list.some_texts().value_or(listener.mechanisms);
}

/// The keys that only some doors know. On another door they are faults: they would promise what is not done.
void read_door_keys(Fields& fields, door::ListenerSettings& listener, const Config& config)
{
    const DoorKind kind = listener.door;
    const bool needs_account = kind == DoorKind::extauth || kind == DoorKind::dovecot_userdb;
    const bool has_mechanisms = kind == DoorKind::dovecot || kind == DoorKind::native;
    const auto refuse = [&](const Value& value) { value.fault("door " + word_of(kind) + " has no use for this key"); };

    if (const auto list = fields.find("mechanisms")) {
        if (has_mechanisms)
            read_mechanisms(*list, listener, config);
        else
            refuse(*list);
    }
    if (const auto account = needs_account ? fields.require("account") : fields.find("account")) {
        if (needs_account)
            read_account(*account, listener.account.emplace());
        else
            refuse(*account);
    }
    const std::array<std::pair<std::string_view, bool>, 6> native_only{
        {{"may_control", listener.pins.may_control},
         {"may_find", listener.pins.may_find},
         {"may_admit", listener.pins.may_admit},
         {"may_store", listener.pins.may_store},
         {"may_open_stores", listener.pins.may_open_stores},
         {"may_hold_sessions", listener.pins.may_hold_sessions}}};
    for (const auto& [key, set] : native_only)
        if (const auto value = fields.find(key); value && set && kind != DoorKind::native)
            refuse(*value);
    if (const auto store = fields.find("store"); store && kind == DoorKind::dovecot_userdb)
        refuse(*store);
    const std::array<std::pair<std::string_view, bool>, 2> of_mechanisms{
        {{"may_external", listener.pins.may_external},
         {"may_act_for_others", !listener.pins.may_act_for_others.empty()}}};
    for (const auto& [key, set] : of_mechanisms)
        if (const auto value = fields.find(key); value && set && !has_mechanisms)
            refuse(*value);
}

void read_listener(const Value& value, Config& config, Taken& taken)
{
    door::ListenerSettings listener;
    value.fields([&](Fields& fields) {
        if (const auto name = fields.require("name"))
            if (const auto text = name->text()) {
                listener.pins.listener = *text;
                take(*name, *text, "name", taken.names);
            }
        if (const auto socket = fields.require("socket"))
            read_socket(*socket, listener.socket, taken);
        read_pins(fields, listener.pins, config);
        if (const auto limits = fields.find("limits"))
            read_limits(*limits, listener.limits);
        const auto door = fields.require("door");
        const auto kind = door ? door->word<DoorKind>(doors) : std::nullopt;
        if (!kind) {
            fields.allow_rest();
            return;
        }
        listener.door = *kind;
        listener.pins.door = word_of(*kind);
        read_door_keys(fields, listener, config);
    });
    config.listeners.push_back(std::move(listener));
}
} // namespace

void read_listeners(const Value& list, Config& config)
{
    Taken taken;
    const auto items = list.items();
    for (const Value& item : items)
        read_listener(item, config, taken);
    if (items.empty() && list.faults().empty())
        list.fault("expected at least one listener");
}

} // namespace gatehouse::app
