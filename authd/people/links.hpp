#pragma once

#include "people/keys.hpp"
#include "people/places.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/container/vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::people
{

/// Who is a member of whom. Objects say what they are called, whom they hold and who holds them, all by keys; two are
/// linked when one names a key that the other owns, whichever of them came first. Only the side that writes uses this,
/// on one thread; snapshots keep what `above` says.
class Links
{
public:
    /// What one object says; the members of a person are none.
    struct Said {
        std::span<const std::string> keys{};
        std::span<const std::string> members{};
        std::span<const std::string> member_of{};
    };

    using Nodes = boost::unordered_flat_set<Node>;

    /// Replaces what `node` said before; with nothing it is forgotten. Adds to `touched` all whose direct groups may be
    /// others now. Takes time for what is said, and for what differs from before.
    void say(Node node, const Said& said, Nodes& touched);

    /// The groups that `node` is a direct member of, each once; sorted.
    std::vector<Place> above(Node node) const;
    /// Calls `visit(Node)` for each direct member of a group, perhaps several times, for as long as it returns true.
    template <class Visit>
    void below(Place group, Visit visit) const
    {
        for (const Claim claim : claims_of(Node::group(group))) {
            if (claim.role == Role::lists)
                for (const Holder holder : holders_[claim.key])
                    if (!holder.lists && !visit(holder.node()))
                        return;
            if (const auto named = named_.find(claim.key); claim.role == Role::owns && named != named_.end())
                for (const Node member : named->second)
                    if (!visit(member))
                        return;
        }
    }

private:
    enum class Role : std::uint32_t {
        owns,  ///< is called so
        lists, ///< has a member that is called so
        names, ///< is a member of a group that is called so
    };
    struct Claim {
        KeyId key : 30;
        Role role : 2;

        std::uint32_t number() const { return key * 4U + static_cast<std::uint32_t>(role); } // by key, then role
        auto operator<=>(const Claim& other) const { return number() <=> other.number(); }
        bool operator==(const Claim&) const = default;
    };
    /// Who owns or lists a key. Those who name it are kept apart: it may be everybody.
    struct Holder {
        Place place : 30;
        Place is_group : 1;
        Place lists : 1;

        Node node() const { return {.place = place, .is_group = is_group}; }
        bool operator==(const Holder&) const = default;
    };
    /// Half the size of std::vector: there is one for each key.
    using Holders =
        boost::container::vector<Holder, void,
                                 boost::container::vector_options_t<boost::container::stored_size<std::uint32_t>>>;
    /// Most people say little: a key of their own and their primary group.
    using Claims = boost::container::small_vector<Claim, 2>;

    std::vector<Claim> claims_in(const Said& said);
    std::span<const Claim> claims_of(Node node) const;
    Claims& own_claims(Node node);
    void make(Node node, Claim claim, Nodes& touched);
    void withdraw(Node node, Claim claim, Nodes& touched);
    void touch(Node node, Claim claim, Nodes& touched) const;

    Keys keys_;
    std::vector<Holders> holders_; // by KeyId
    boost::unordered_flat_map<KeyId, Nodes> named_;
    std::vector<Claims> claims_of_people_; // by place
    std::vector<Claims> claims_of_groups_;
};

} // namespace gatehouse::people
