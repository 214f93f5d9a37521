#include "identity/named_groups.hpp"

#include "base/text.hpp"

namespace gatehouse
{

void NamedGroups::add(std::string_view realm, std::string_view group)
{
    const std::string name = text::lower(group);
    if (!realm.empty()) {
        of_realm_.try_emplace(std::string(realm), everywhere_).first->second.insert(name);
        return;
    }
    everywhere_.insert(name);
    for (auto& [each, groups] : of_realm_)
        groups.insert(name);
}

const NamedGroups::Set& NamedGroups::of(std::string_view realm) const
{
    const auto found = of_realm_.find(realm);
    return found == of_realm_.end() ? everywhere_ : found->second;
}

} // namespace gatehouse
