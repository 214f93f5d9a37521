#include "kerberos/private_profile.hpp"

#include <profile.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace gatehouse::kerberos
{

namespace
{
struct Relation {
    std::array<std::string_view, 3> names; // as krb5.conf(5) nests them; the last may be empty
    std::string_view value;
};

constexpr std::array relations{
    Relation{{"libdefaults", "dns_lookup_kdc"}, "false"},
    Relation{{"libdefaults", "dns_lookup_realm"}, "false"},
    Relation{{"libdefaults", "dns_uri_lookup"}, "false"},
    Relation{{"libdefaults", "dns_canonicalize_hostname"}, "false"},
    Relation{{"libdefaults", "rdns"}, "false"},
    Relation{{"libdefaults", "noaddresses"}, "true"},
    // What a password alone can do. Others would be loaded from files: PKINIT, OTP, whatever is installed.
    Relation{{"plugins", "clpreauth", "enable_only"}, "encrypted_timestamp"},
    Relation{{"plugins", "clpreauth", "enable_only"}, "encrypted_challenge"},
    Relation{{"plugins", "clpreauth", "enable_only"}, "spake"},
    // How principals are named: by the rules that are given, not by what is installed.
    Relation{{"plugins", "localauth", "enable_only"}, "auth_to_local"},
    Relation{{"plugins", "localauth", "enable_only"}, "rule"},
    Relation{{"plugins", "localauth", "enable_only"}, "default"},
};

bool matches(const Relation& relation, const char* const* names)
{
    for (const std::string_view name : relation.names) {
        if (name.empty())
            break;
        if (*names == nullptr || *names != name)
            return false;
        ++names;
    }
    return *names == nullptr;
}

void free_values(void*, char** values)
{
    for (char** value = values; *value != nullptr; ++value)
        std::free(*value);
    std::free(static_cast<void*>(values));
}

/// [realms] REALM = { auth_to_local = ... }
void add_rules(const LocalRules& rules, const char* const* names, std::vector<std::string_view>& values)
{
    if (matches({{"realms", rules.realm, "auth_to_local"}, {}}, names))
        values.insert(values.end(), rules.auth_to_local.begin(), rules.auth_to_local.end());
}

long get_values(void* rules, const char* const* names, char*** found)
{
    std::vector<std::string_view> values;
    for (const Relation& relation : relations)
        if (matches(relation, names))
            values.push_back(relation.value);
    if (rules != nullptr)
        add_rules(*static_cast<const LocalRules*>(rules), names, values);
    if (values.empty())
        return PROF_NO_RELATION;
    char** const list = static_cast<char**>(std::calloc(values.size() + 1, sizeof(char*)));
    if (list == nullptr)
        return ENOMEM;
    for (std::size_t i = 0; i < values.size(); ++i)
        list[i] = ::strndup(values[i].data(), values[i].size());
    *found = list;
    return 0;
}

long copy_profile(void* rules, void** copy) // libkrb5 keeps a copy; there is nothing that could differ
{
    *copy = rules;
    return 0;
}

/// `rules`: null for none.
Result<Krb5Context> context_with(const LocalRules* rules)
{
    profile_vtable methods{};
    methods.minor_ver = 1;
    methods.get_values = get_values;
    methods.free_values = free_values;
    methods.copy = copy_profile;
    profile_t profile = nullptr;
    if (::profile_init_vtable(&methods, const_cast<LocalRules*>(rules), &profile) != 0)
        return unavailable("libkrb5 takes no configuration from memory");
    krb5_context context = nullptr;
    const krb5_error_code code = krb5_init_context_profile(profile, KRB5_INIT_CONTEXT_SECURE, &context);
    ::profile_release(profile);
    if (code != 0)
        return unavailable("libkrb5 cannot be set up: " + words_of(nullptr, code));
    return Krb5Context(context);
}
} // namespace

Result<Krb5Context> make_context()
{
    return context_with(nullptr);
}

Result<Krb5Context> make_context(const LocalRules& rules)
{
    auto made = context_with(&rules);
    if (!made)
        return made;
    if (const krb5_error_code code = krb5_set_default_realm(made->get(), rules.realm.c_str()); code != 0)
        return unavailable("libkrb5 takes no default realm: " + words_of(made->get(), code));
    return made;
}

} // namespace gatehouse::kerberos
