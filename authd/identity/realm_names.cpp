#include "identity/realm_names.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse
{

namespace
{
bool contains(const std::vector<std::string>& names, std::string_view wanted)
{
    return std::ranges::any_of(names, [&](const std::string& name) { return text::equal_ignoring_case(name, wanted); });
}

bool is_called(const RealmNames& realm, std::string_view word)
{
    return text::equal_ignoring_case(realm.realm, word) || text::equal_ignoring_case(realm.netbios, word) ||
           text::equal_ignoring_case(realm.kerberos_realm, word) || contains(realm.upn_suffixes, word) ||
           contains(realm.mail_domains, word);
}

template <class Predicate>
std::vector<const RealmNames*> pick(const std::vector<RealmNames>& realms, Predicate predicate)
{
    std::vector<const RealmNames*> picked;
    for (const RealmNames& realm : realms)
        if (predicate(realm))
            picked.push_back(&realm);
    return picked;
}
} // namespace

bool RealmNames::claims(const LoginName& name) const
{
    switch (name.form) {
    case LoginName::Form::plain:
    case LoginName::Form::sid: return is_default;
    case LoginName::Form::down_level:
        return text::equal_ignoring_case(netbios, name.qualifier) || text::equal_ignoring_case(realm, name.qualifier);
    case LoginName::Form::qualified:
        return text::equal_ignoring_case(kerberos_realm, name.qualifier) ||
               text::equal_ignoring_case(realm, name.qualifier) || text::equal_ignoring_case(netbios, name.qualifier) ||
               contains(upn_suffixes, name.qualifier) || contains(mail_domains, name.qualifier);
    }
    return false;
}

std::vector<const RealmNames*> route(const LoginName& name, std::string_view hint,
                                     const std::vector<RealmNames>& realms)
{
    if (name.form != LoginName::Form::plain) {
        auto claimed = pick(realms, [&](const RealmNames& realm) { return realm.claims(name); });
        if (!claimed.empty())
            return claimed;
    }
    if (!hint.empty())
        return pick(realms, [&](const RealmNames& realm) { return is_called(realm, hint); });
    if (name.form == LoginName::Form::qualified)
        return {};
    auto defaults = pick(realms, [](const RealmNames& realm) { return realm.is_default; });
    return defaults.empty() ? pick(realms, [](const RealmNames&) { return true; }) : defaults;
}

} // namespace gatehouse
