#include "people/links.hpp"

#include <algorithm>
#include <iterator>

namespace gatehouse::people
{

std::vector<Links::Claim> Links::claims_in(const Said& said)
{
    std::vector<Claim> claims;
    claims.reserve(said.keys.size() + said.members.size() + said.member_of.size());
    const auto add = [&](std::span<const std::string> keys, Role role) {
        for (const std::string& key : keys)
            claims.push_back({.key = keys_.id_of(key), .role = role});
    };
    add(said.keys, Role::owns);
    add(said.members, Role::lists);
    add(said.member_of, Role::names);
    std::ranges::sort(claims);
    claims.erase(std::ranges::unique(claims).begin(), claims.end());
    if (!claims.empty() && claims.back().key >= holders_.size())
        holders_.resize(claims.back().key + 1);
    return claims;
}

std::span<const Links::Claim> Links::claims_of(Node node) const
{
    const std::vector<Claims>& all = node.is_group != 0 ? claims_of_groups_ : claims_of_people_;
    if (node.place >= all.size())
        return {};
    return {all[node.place].data(), all[node.place].size()};
}

Links::Claims& Links::own_claims(Node node)
{
    std::vector<Claims>& all = node.is_group != 0 ? claims_of_groups_ : claims_of_people_;
    if (node.place >= all.size())
        all.resize(node.place + std::size_t{1});
    return all[node.place];
}

void Links::say(Node node, const Said& said, Nodes& touched)
{
    const std::vector<Claim> now = claims_in(said);
    const std::span<const Claim> before = claims_of(node);
    if (std::ranges::equal(now, before))
        return;
    std::vector<Claim> more;
    std::vector<Claim> less;
    std::ranges::set_difference(now, before, std::back_inserter(more));
    std::ranges::set_difference(before, now, std::back_inserter(less));
    for (const Claim claim : more) // first, so that a key that stays is not dropped between
        make(node, claim, touched);
    for (const Claim claim : less)
        withdraw(node, claim, touched);
    own_claims(node) = Claims(now.begin(), now.end());
}

void Links::make(Node node, Claim claim, Nodes& touched)
{
    if (claim.role == Role::names) {
        named_[claim.key].insert(node);
    } else {
        Holders& holders = holders_[claim.key];
        if (holders.size() == holders.capacity())
            holders.reserve(holders.size() + holders.size() / 8 + 1); // keys are many: little in reserve
        holders.push_back({.place = node.place, .is_group = node.is_group, .lists = claim.role == Role::lists});
    }
    touch(node, claim, touched);
}

void Links::withdraw(Node node, Claim claim, Nodes& touched)
{
    touch(node, claim, touched);
    auto& holders = holders_[claim.key];
    const auto named = named_.find(claim.key);
    if (claim.role == Role::names) {
        named->second.erase(node);
        if (named->second.empty())
            named_.erase(named);
    } else {
        const Holder holder{.place = node.place, .is_group = node.is_group, .lists = claim.role == Role::lists};
        *std::ranges::find(holders, holder) = holders.back();
        holders.pop_back();
    }
    if (holders.empty() && !named_.contains(claim.key)) {
        holders.shrink_to_fit();
        keys_.drop(claim.key);
    }
}

void Links::touch(Node node, Claim claim, Nodes& touched) const
{
    if (claim.role != Role::lists)
        touched.insert(node);
    if (claim.role == Role::lists)
        for (const Holder holder : holders_[claim.key])
            if (!holder.lists)
                touched.insert(holder.node());
    if (const auto named = named_.find(claim.key);
        claim.role == Role::owns && node.is_group != 0 && named != named_.end())
        touched.insert(named->second.begin(), named->second.end());
}

std::vector<Place> Links::above(Node node) const
{
    std::vector<Place> groups;
    for (const Claim claim : claims_of(node)) {
        if (claim.role == Role::lists)
            continue;
        // Its own key leads to the groups that list it, the key of a group to the group.
        const bool lists = claim.role == Role::owns;
        for (const Holder holder : holders_[claim.key])
            if (holder.is_group != 0 && (holder.lists != 0) == lists)
                groups.push_back(holder.place);
    }
    if (node.is_group != 0)
        std::erase(groups, Place{node.place});
    std::ranges::sort(groups);
    groups.erase(std::ranges::unique(groups).begin(), groups.end());
    return groups;
}

} // namespace gatehouse::people
