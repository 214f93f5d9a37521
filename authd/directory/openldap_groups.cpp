#include "directory/openldap_groups.hpp"

#include "base/text.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/rdn.hpp"

#include <algorithm>
#include <set>

namespace gatehouse::directory
{

namespace
{
constexpr std::size_t max_groups = 1000;
constexpr std::size_t max_levels = 16;
constexpr std::size_t groups_a_search = 30; // an OR of more members costs servers without good indexes dearly

bool holds_dns(std::string_view attribute)
{
    return !text::equal_ignoring_case(attribute, "memberUid");
}

std::string equals(std::string_view attribute, std::string_view value)
{
    return '(' + std::string(attribute) + '=' + escape_filter(value) + ')';
}

/// The walk upward from one person.
class Walk
{
public:
    Walk(LdapClient& client, const OpenLdapSettings& settings, Deadline deadline, Trail& trail)
        : client_(client), settings_(settings), deadline_(deadline), trail_(trail)
    {
    }

    Awaitable<Result<std::vector<Membership>>> from(const Entry& person)
    {
        std::vector<std::size_t> level; // indexes into groups_
        if (auto found = co_await direct_groups(person, level); !found)
            co_return std::unexpected(std::move(found.error()));
        for (std::size_t depth = 1; settings_.nested_groups && !level.empty() && depth <= max_levels; ++depth) {
            std::vector<std::size_t> next;
            for (std::size_t at = 0; at < level.size(); at += groups_a_search) {
                const auto part = std::span(level).subspan(at, std::min(groups_a_search, level.size() - at));
                if (auto found = co_await parents_of(part, next); !found)
                    co_return std::unexpected(std::move(found.error()));
            }
            level = std::move(next);
        }
        co_return std::move(groups_);
    }

private:
    /// The groups whose entries name the person, and those that the person's memberOf names.
    Awaitable<Result<void>> direct_groups(const Entry& person, std::vector<std::size_t>& level)
    {
        std::string any;
        for (const std::string& attribute : settings_.group_member_attributes)
            if (holds_dns(attribute))
                any += equals(attribute, person.dn);
            else
                for (const std::string& name : person.all(settings_.name_attribute))
                    any += equals(attribute, name);
        if (!any.empty() && !settings_.groups_base.empty()) {
            const auto found = co_await search("(|" + any + ')', {});
            if (!found)
                co_return std::unexpected(found.error());
            for (const Entry& group : *found)
                if (auto added = add(group, {}, level); !added)
                    co_return added;
        }
        for (const std::string& dn : person.all("memberOf"))
            if (auto added = co_await add_by_dn(dn, level); !added)
                co_return added;
        co_return Result<void>{};
    }

    /// The groups that have one of `children` as a member.
    Awaitable<Result<void>> parents_of(std::span<const std::size_t> children, std::vector<std::size_t>& next)
    {
        std::string any;
        for (const std::size_t child : children)
            for (const std::string& attribute : settings_.group_member_attributes)
                if (holds_dns(attribute))
                    any += equals(attribute, groups_[child].dn);
        if (any.empty() || settings_.groups_base.empty())
            co_return Result<void>{};
        const auto found = co_await search("(|" + any + ')', "((" + settings_.group_name_attribute + "=*)" + any + ')');
        if (!found)
            co_return std::unexpected(found.error());
        for (const Entry& group : *found) {
            const Membership* const child = child_of(group, children);
            if (child == nullptr)
                continue;
            std::vector<std::string> via = child->via;
            via.push_back(child->group);
            if (auto added = add(group, std::move(via), next); !added)
                co_return added;
        }
        co_return Result<void>{};
    }

    const Membership* child_of(const Entry& group, std::span<const std::size_t> children) const
    {
        for (const std::string& attribute : settings_.group_member_attributes)
            for (const std::string& member : group.all(attribute))
                for (const std::size_t child : children)
                    if (same_dn(member, groups_[child].dn))
                        return &groups_[child];
        return nullptr;
    }

    Awaitable<Result<void>> add_by_dn(const std::string& dn, std::vector<std::size_t>& level)
    {
        if (known_.contains(dn_key(dn)))
            co_return Result<void>{};
        Entry group{.dn = dn, .attributes = {}};
        const Rdn rdn = first_rdn(dn);
        if (text::equal_ignoring_case(rdn.attribute, settings_.group_name_attribute)) {
            group.attributes.push_back({rdn.attribute, {rdn.value}});
        } else {
            const SearchRequest request{
                .base = dn, .scope = SearchRequest::Scope::base, .attributes = {settings_.group_name_attribute}};
            const auto found = co_await client_.search(request, deadline_, trail_, {LDAP_NO_SUCH_OBJECT});
            if (!found)
                co_return std::unexpected(found.error());
            if (found->entries.empty())
                co_return Result<void>{}; // a dangling value
            group = found->entries.front();
        }
        co_return add(group, {}, level);
    }

    Result<void> add(const Entry& group, std::vector<std::string> via, std::vector<std::size_t>& level)
    {
        const std::string_view name = group.first(settings_.group_name_attribute);
        if (name.empty() || !known_.insert(dn_key(group.dn)).second)
            return {};
        if (groups_.size() == max_groups)
            return over_limit("the person is in more than " + std::to_string(max_groups) + " groups");
        level.push_back(groups_.size());
        groups_.push_back({std::string(name), group.dn, std::move(via)});
        return {};
    }

    /// `values`: of the member attributes, only values that match are returned (RFC 3876), not whole member lists.
    Awaitable<Result<std::vector<Entry>>> search(std::string filter, std::string values)
    {
        SearchRequest request{.base = settings_.groups_base,
                              .filter = std::move(filter),
                              .attributes = {settings_.group_name_attribute},
                              .max_entries = max_groups,
                              .paged = true,
                              .values = values};
        if (!values.empty())
            for (const std::string& attribute : settings_.group_member_attributes)
                if (holds_dns(attribute))
                    request.attributes.push_back(attribute);
        auto found = co_await client_.search(request, deadline_, trail_);
        if (!found)
            co_return std::unexpected(std::move(found.error()));
        co_return std::move(found->entries);
    }

    LdapClient& client_;
    const OpenLdapSettings& settings_;
    Deadline deadline_;
    Trail& trail_;
    std::vector<Membership> groups_;
    std::set<std::string> known_; // dn_key of every group taken
};
} // namespace

Awaitable<Result<std::vector<Membership>>> find_openldap_groups(LdapClient& client, const OpenLdapSettings& settings,
                                                                const Entry& person, Deadline deadline, Trail& trail)
{
    Walk walk(client, settings, deadline, trail);
    co_return co_await walk.from(person);
}

} // namespace gatehouse::directory
