// libgatehouse_auxprop - what People know of a person, as properties of Cyrus SASL
//
// SYNOPSIS
//     auxprop_plugin: gatehouse
//     gatehouse_socket: /run/gatehouse/sasl-imap        in the host's SASL configuration
//
// DESCRIPTION
//     A program that asks libsasl2 (2.1.28) for auxiliary properties (sasl_auxprop_request) gets these from authd:
//
//     mail               every mail address
//     group              every group by its short name, nested ones included
//     uid                the canonical short name
//     mailbox            the mailbox name
//     displayName        the name for people
//     userPrincipalName  where the directory has one
//     realm              the realm in authd's configuration
//
//     Other properties, passwords and other secrets among them, it neither knows nor sets. It stores nothing. libsasl2
//     loads every plugin of its folder and, where auxprop_plugin is not set, asks them all: this one answers only where
//     auxprop_plugin names it.
//
// OPTIONS
//     gatehouse_socket, gatehouse_realm, gatehouse_timeout, as of libgatehouse_canon; the listener needs may_find.
//
// SECURITY
//     A look-up lets nobody in, is not audited, and may come before a password was checked: a host must not show to its
//     client what it brings.
//
// DIAGNOSTICS
//     SASL_OK      the person's properties are set, or none of ours was asked for
//     SASL_NOUSER  the name is nobody's
//     SASL_NOMECH  the plugin is not chosen: libsasl2 takes no notice
//     SASL_UNAVAIL authd is away or has no answer, or the listener has no may_find: the login ends as a temporary
//     failure
//
// BUGS
//     Properties of a connection are asked for at once when a name is made canonical, for authid and authzid apart.
#include "auxprop/auxprop.hpp"

#include "host/handles.hpp"
#include "host/host.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sasl_plugins
{

namespace
{

constexpr const char* own_name = "gatehouse";

struct Property {
    std::string_view name;
    std::vector<std::string> (*values)(const gh_answer&);
};

std::vector<std::string> one(const char* value)
{
    return *value != '\0' ? std::vector<std::string>{value} : std::vector<std::string>{};
}

/// What can be asked for. A new property is a row here and a line above.
constexpr std::array properties{
    Property{"mail",
             [](const gh_answer& p) { return std::vector<std::string>(p.addresses, p.addresses + p.address_count); }},
    Property{"group", [](const gh_answer& p) { return std::vector<std::string>(p.groups, p.groups + p.group_count); }},
    Property{"uid", [](const gh_answer& p) { return one(p.name); }},
    Property{"mailbox", [](const gh_answer& p) { return one(p.mailbox); }},
    Property{"displayName", [](const gh_answer& p) { return one(p.display_name); }},
    Property{"userPrincipalName", [](const gh_answer& p) { return one(p.upn); }},
    Property{"realm", [](const gh_answer& p) { return one(p.realm); }},
};

struct Wanted {
    std::string name; ///< as it was asked for, with the '*' of an authid's
    const Property* property;
    bool has_value;
};

/// Which of our properties are asked for of this identity. Those of the authid begin with '*' (prop.h).
std::vector<Wanted> wanted_of(const sasl_server_params_t& connection, unsigned flags)
{
    std::vector<Wanted> wanted;
    const propval* asked = connection.utils->prop_get(connection.propctx);
    for (; asked != nullptr && asked->name != nullptr; ++asked) {
        std::string_view name = asked->name;
        const bool of_authid = name.starts_with('*');
        if (of_authid == ((flags & SASL_AUXPROP_AUTHZID) != 0))
            continue;
        if (asked->values != nullptr && (flags & SASL_AUXPROP_OVERRIDE) == 0)
            continue;
        name.remove_prefix(of_authid ? 1 : 0);
        const auto* const found = std::ranges::find(properties, name, &Property::name);
        if (found != properties.end())
            wanted.push_back({asked->name, found, asked->values != nullptr});
    }
    return wanted;
}

bool is_chosen(const Host& host)
{
    std::istringstream words(host.option("auxprop_plugin", ""));
    for (std::string word; words >> word;)
        if (word == own_name)
            return true;
    return false;
}

int set(const sasl_server_params_t& connection, const Wanted& wanted, const gh_answer& person)
{
    const sasl_utils_t& utils = *connection.utils;
    if (wanted.has_value)
        utils.prop_erase(connection.propctx, wanted.name.c_str());
    for (const std::string& value : wanted.property->values(person))
        if (const int set =
                utils.prop_set(connection.propctx, wanted.name.c_str(), value.c_str(), static_cast<int>(value.size()));
            set != SASL_OK)
            return set;
    return SASL_OK;
}

class Auxprop
{
public:
    Auxprop()
    {
        std::ranges::copy(std::string_view(own_name), name_.begin());
        plugin_.name = name_.data();
        plugin_.glob_context = this;
        plugin_.auxprop_free = [](void* self, const sasl_utils_t*) { delete static_cast<Auxprop*>(self); };
        plugin_.auxprop_lookup = on_lookup;
    }
    Auxprop(const Auxprop&) = delete;
    Auxprop& operator=(const Auxprop&) = delete;
    ~Auxprop() = default;

    sasl_auxprop_plug_t* plugin() { return &plugin_; }

private:
    static int on_lookup(void* self, sasl_server_params_t* connection, unsigned flags, const char* user,
                         unsigned length);
    int look_up(const sasl_server_params_t& connection, unsigned flags, const std::string& name);

    Handles handles_;
    std::array<char, 16> name_{}; // libsasl2 wants it writable
    sasl_auxprop_plug_t plugin_{};
};

int Auxprop::on_lookup(void* self, sasl_server_params_t* connection, unsigned flags, const char* user, unsigned length)
try {
    if (self == nullptr || connection == nullptr || connection->utils == nullptr || user == nullptr)
        return SASL_BADPARAM;
    const std::string_view name = trimmed(user, length);
    if (name.empty() || name.find('\0') != std::string_view::npos)
        return SASL_NOUSER;
    return static_cast<Auxprop*>(self)->look_up(*connection, flags, std::string(name));
} catch (const std::bad_alloc&) {
    return SASL_NOMEM;
} catch (const std::exception&) {
    return SASL_FAIL;
}

int Auxprop::look_up(const sasl_server_params_t& connection, unsigned flags, const std::string& name)
{
    const Host host(connection);
    const std::vector<Wanted> wanted = wanted_of(connection, flags);
    if (!is_chosen(host))
        return SASL_NOMECH;
    if (wanted.empty())
        return SASL_OK; // libsasl2 takes SASL_NOMECH of the only plugin for a failure of the login
    const Settings settings = host.settings();
    const auto authd = handles_.take(settings.socket);
    const gh_answer* person = nullptr;
    switch (gh_find(authd.get(), name.c_str(), settings.realm.c_str(), settings.timeout_ms, &person)) {
    case GH_NOBODY: return SASL_NOUSER;
    case GH_NOT_KNOWN:
        host.log(SASL_LOG_ERR, settings.socket + ": no answer about " + name + ": " + person->detail);
        return SASL_UNAVAIL;
    case GH_FOUND: break;
    }
    for (const Wanted& one : wanted)
        if (const int done = set(connection, one, *person); done != SASL_OK)
            return done;
    return SASL_OK;
}

} // namespace

int init_auxprop(const sasl_utils_t* /*utils*/, int max_version, int* out_version, sasl_auxprop_plug_t** plugin,
                 const char* /*name*/)
try {
    if (out_version == nullptr || plugin == nullptr)
        return SASL_BADPARAM;
    if (max_version < SASL_AUXPROP_PLUG_VERSION)
        return SASL_BADVERS;
    *out_version = SASL_AUXPROP_PLUG_VERSION;
    *plugin = (new Auxprop)->plugin();
    return SASL_OK;
} catch (const std::exception&) {
    return SASL_NOMEM;
}

} // namespace gatehouse::sasl_plugins
