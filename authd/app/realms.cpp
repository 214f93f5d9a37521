#include "app/realms.hpp"

#include "directory/factory.hpp"
#include "directory/local_directory.hpp"

#include <algorithm>

namespace gatehouse::app
{

std::shared_ptr<const gate::Rules> Realms::rules_for(const Config& config)
{
    auto rules = std::make_shared<gate::Rules>();
    rules->services = config.services;
    rules->refusal_grid = config.process.refusal_grid;
    std::vector<Kept> kept;
    for (const RealmConfig& realm : config.realms) {
        kept.push_back({realm, directory_for(realm)});
        rules->names.push_back(realm.names);
        rules->directories.push_back(kept.back().directory);
    }
    kept_ = std::move(kept);
    return rules;
}

std::shared_ptr<Directory> Realms::directory_for(const RealmConfig& realm)
{
    const auto same =
        std::ranges::find_if(kept_, [&](const Kept& kept) { return kept.config.directory == realm.directory; });
    if (same != kept_.end())
        return same->directory;
    if (const auto* local = std::get_if<directory::LocalSettings>(&realm.directory))
        return directory::make_directory(*local, compute_);
    if (const auto* openldap = std::get_if<directory::OpenLdapSettings>(&realm.directory))
        return directory::make_directory(*openldap, network_);
    return directory::make_directory(std::get<directory::ActiveDirectorySettings>(realm.directory), network_);
}

} // namespace gatehouse::app
