#include "directory/ad_groups.hpp"

#include "base/text.hpp"
#include "directory/ad_person.hpp"
#include "directory/ad_record.hpp"
#include "directory/ldap_handle.hpp"

#include <algorithm>
#include <set>

namespace gatehouse::directory
{

namespace
{
constexpr std::size_t max_groups = 2000;
constexpr std::size_t max_levels = 32;
constexpr std::size_t groups_a_search = 50;

/// A group that is known by its DN only, and the groups between it and the person.
struct Candidate {
    std::string dn;
    std::vector<std::string> via;
};

/// The walk upward from one person.
class Walk
{
public:
    Walk(LdapClient& client, const std::string& base, Deadline deadline, Trail& trail)
        : client_(client), base_(base), deadline_(deadline), trail_(trail)
    {
    }

    Awaitable<Result<std::vector<Membership>>> from(const Entry& person)
    {
        std::vector<Candidate> level;
        if (auto begun = co_await add_parents(person, {}, level); !begun)
            co_return std::unexpected(std::move(begun.error()));
        std::string primary = primary_group_sid(person);
        for (std::size_t depth = 0; (!level.empty() || !primary.empty()) && depth < max_levels; ++depth) {
            std::vector<Candidate> next;
            for (std::size_t at = 0; at < level.size() || !primary.empty(); at += groups_a_search) {
                const auto part = std::span(level).subspan(std::min(at, level.size()));
                if (auto read = co_await read_groups(part.first(std::min(groups_a_search, part.size())),
                                                     std::exchange(primary, {}), next);
                    !read)
                    co_return std::unexpected(std::move(read.error()));
            }
            level = std::move(next);
        }
        co_return std::move(groups_);
    }

private:
    Awaitable<Result<void>> read_groups(std::span<const Candidate> part, const std::string& primary_sid,
                                        std::vector<Candidate>& next)
    {
        std::string any = primary_sid.empty() ? "" : "(objectSid=" + escape_filter(primary_sid) + ')';
        for (const Candidate& group : part)
            any += "(distinguishedName=" + escape_filter(group.dn) + ')';
        const SearchRequest request{.base = base_,
                                    .filter = "(&(objectClass=group)(|" + any + "))",
                                    .attributes = {"sAMAccountName", "memberOf"},
                                    .max_entries = groups_a_search + 1,
                                    .paged = true};
        const auto found = co_await client_.search(request, deadline_, trail_);
        if (!found)
            co_return std::unexpected(found.error());
        for (const Entry& entry : found->entries) {
            const auto asked =
                std::ranges::find_if(part, [&](const Candidate& group) { return same_dn(group.dn, entry.dn); });
            const bool is_primary = asked == part.end();
            if (is_primary && !known_.insert(dn_key(entry.dn)).second)
                continue; // a member of it besides
            const std::string name(entry.first("sAMAccountName"));
            if (groups_.size() == max_groups)
                co_return over_limit("the person is in more than " + std::to_string(max_groups) + " groups");
            std::vector<std::string> via = is_primary ? std::vector<std::string>() : asked->via;
            groups_.push_back({name, entry.dn, via});
            via.push_back(name);
            if (auto added = co_await add_parents(entry, std::move(via), next); !added)
                co_return added;
        }
        co_return Result<void>{};
    }

    /// Puts the groups that `entry` is a member of on the list, unless they were seen before.
    Awaitable<Result<void>> add_parents(const Entry& entry, std::vector<std::string> via, std::vector<Candidate>& level)
    {
        std::vector<std::string> parents = ranged_values(entry, "memberOf");
        for (std::size_t from = next_range(entry, "memberOf"); from != 0 && parents.size() <= max_groups;) {
            const SearchRequest request{
                .base = entry.dn, .scope = SearchRequest::Scope::base, .attributes = {range_from("memberOf", from)}};
            const auto more = co_await client_.search(request, deadline_, trail_);
            if (!more)
                co_return std::unexpected(more.error());
            from = 0;
            if (!more->entries.empty()) {
                std::ranges::move(ranged_values(more->entries.front(), "memberOf"), std::back_inserter(parents));
                from = next_range(more->entries.front(), "memberOf");
            }
        }
        for (std::string& dn : parents)
            if (known_.insert(dn_key(dn)).second)
                level.push_back({std::move(dn), via});
        co_return Result<void>{};
    }

    LdapClient& client_;
    const std::string& base_;
    Deadline deadline_;
    Trail& trail_;
    std::vector<Membership> groups_;
    std::set<std::string> known_; // dn_key of every group seen
};
} // namespace

Awaitable<Result<std::vector<Membership>>> find_ad_groups(LdapClient& client, const std::string& base,
                                                          const Entry& person, Deadline deadline, Trail& trail)
{
    Walk walk(client, base, deadline, trail);
    co_return co_await walk.from(person);
}

} // namespace gatehouse::directory
