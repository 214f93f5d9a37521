#include "directory/openldap_group_doubts.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace gatehouse::directory
{

namespace
{
constexpr int times = 2;

std::size_t digest_of(std::string_view key)
{
    return std::hash<std::string_view>{}(key);
}
} // namespace

std::vector<std::string> due_now(std::map<std::string, int>& dns)
{
    std::vector<std::string> due;
    for (auto at = dns.begin(); at != dns.end();) {
        due.push_back(at->first);
        at = --at->second == 0 ? dns.erase(at) : std::next(at);
    }
    return due;
}

void OpenLdapGroupDoubts::start_anew()
{
    *this = {};
    sweeping_ = true;
}

void OpenLdapGroupDoubts::told(const std::string& id, const std::string& dn, const std::vector<std::string>& members)
{
    Group& group = groups_[id];
    group.dn = dn;
    group.members.clear();
    for (const std::string& key : members)
        group.members.insert(digest_of(key));
}

void OpenLdapGroupDoubts::left(std::string_view key)
{
    if (!sweeping_)
        left_.insert(digest_of(key));
}

void OpenLdapGroupDoubts::came(const std::string& dn)
{
    if (!sweeping_)
        came_[dn] = times;
}

std::vector<std::string> OpenLdapGroupDoubts::due_again()
{
    if (const auto left = std::exchange(left_, {}); !left.empty())
        for (const auto& [id, group] : groups_)
            if (std::ranges::any_of(left, [&](Digest key) { return group.members.contains(key); }))
                doubtful_[group.dn] = times;
    return due_now(doubtful_);
}

std::vector<std::string> OpenLdapGroupDoubts::newcomers()
{
    return due_now(came_);
}

bool OpenLdapGroupDoubts::lists(const std::string& id, std::string_view key) const
{
    const auto group = groups_.find(id);
    return group != groups_.end() && group->second.members.contains(digest_of(key));
}

} // namespace gatehouse::directory
