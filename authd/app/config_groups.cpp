#include "app/config_sections.hpp"

#include "base/text.hpp"

namespace gatehouse::app
{

using yaml::Value;

namespace
{
/// By its name in the file, else by the netbios name if one realm alone has it. Null: no realm is called so for
/// certain.
const RealmNames* realm_called(const Config& config, std::string_view name)
{
    const RealmNames* by_netbios = nullptr;
    bool several = false;
    for (const RealmConfig& each : config.realms) {
        if (text::equal_ignoring_case(each.names.realm, name))
            return &each.names;
        if (each.names.netbios.empty() || !text::equal_ignoring_case(each.names.netbios, name))
            continue;
        several = by_netbios != nullptr;
        by_netbios = &each.names;
    }
    return several ? nullptr : by_netbios;
}

void read_group(const Value& value, const std::string& text, const Config& config, NamedGroups& groups)
{
    const std::size_t at = text.find('\\');
    if (at == std::string::npos) {
        groups.add({}, text);
        return;
    }
    const RealmNames* const realm = realm_called(config, text.substr(0, at));
    if (realm == nullptr)
        value.fault("no realm is called \"" + text.substr(0, at) + "\" (a group of one realm is REALM\\group)");
    else if (at + 1 == text.size())
        value.fault("expected a group after \"" + text + "\"");
    else
        groups.add(realm->realm, std::string_view(text).substr(at + 1));
}
} // namespace

void read_groups(const Value& list, const Config& config, NamedGroups& groups)
{
    list.some_texts();
    for (const Value& item : list.items())
        if (const auto text = item.text())
            read_group(item, *text, config, groups);
}

} // namespace gatehouse::app
