#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace gatehouse
{

/// Groups that a rule names, each in every realm or in one: a group of one realm is not its namesake in another.
/// Compared without case.
class NamedGroups
{
public:
    using Set = std::set<std::string, std::less<>>;

    /// `realm`: a realm's name as it is configured; empty: the group of this name in every realm.
    void add(std::string_view realm, std::string_view group);

    bool empty() const { return everywhere_.empty() && of_realm_.empty(); }
    /// In lower case, those whose members are meant when they are people of `realm`. Lives as long as this.
    const Set& of(std::string_view realm) const;

    bool operator==(const NamedGroups&) const = default;

private:
    Set everywhere_;
    std::map<std::string, Set, std::less<>> of_realm_; // each with those of everywhere_
};

} // namespace gatehouse
