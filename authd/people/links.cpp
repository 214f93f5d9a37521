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
            claims.push_back({.key = texts_.id_of(key), .role = role});
    };
    add(said.keys, Role::owns);
    add(said.members, Role::lists);
    add(said.member_of, Role::names);
    std::ranges::sort(claims);
    claims.erase(std::ranges::unique(claims).begin(), claims.end());
    if (!claims.empty() && claims.back().key >= keys_.size())
        keys_.resize(claims.back().key + 1);
    return claims;
}

std::span<const Links::Claim> Links::claims_of(Node node) const
{
    if (node.number() >= claims_.size())
        return {};
    const SmallVector<Claim>& claims = claims_[node.number()];
    return {claims.data(), claims.size()};
}

void Links::say(Node node, const Said& said, std::vector<Node>& touched)
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
    if (node.number() >= claims_.size())
        claims_.resize(node.number() + 1);
    claims_[node.number()] = SmallVector<Claim>(now.begin(), now.end());
}

void Links::make(Node node, Claim claim, std::vector<Node>& touched)
{
    if (claim.role == Role::names)
        named_[claim.key].insert(node);
    else
        keys_[claim.key].holders.push_back(
            {.place = node.place, .is_group = node.is_group, .lists = claim.role == Role::lists});
    touch(node, claim, touched);
}

void Links::withdraw(Node node, Claim claim, std::vector<Node>& touched)
{
    touch(node, claim, touched);
    auto& holders = keys_[claim.key].holders;
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
        texts_.drop(claim.key);
    }
}

void Links::touch(Node node, Claim claim, std::vector<Node>& touched) const
{
    if (claim.role != Role::lists)
        touched.push_back(node);
    if (claim.role == Role::lists)
        for (const Holder holder : keys_[claim.key].holders)
            if (!holder.lists)
                touched.push_back(holder.node());
    if (const auto named = named_.find(claim.key);
        claim.role == Role::owns && node.is_group != 0 && named != named_.end())
        touched.insert(touched.end(), named->second.begin(), named->second.end());
}

std::vector<Place> Links::above(Node node) const
{
    std::vector<Place> groups;
    for (const Claim claim : claims_of(node)) {
        if (claim.role == Role::lists)
            continue;
        // Its own key leads to the groups that list it, the key of a group to the group.
        const bool lists = claim.role == Role::owns;
        for (const Holder holder : keys_[claim.key].holders)
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
