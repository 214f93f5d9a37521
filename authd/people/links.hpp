#pragma once

#include "people/keys.hpp"
#include "people/places.hpp"

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

    /// Replaces what `node` said before; with nothing it is forgotten. Adds to `touched` all whose direct groups may be
    /// others now, some of them several times. Takes time for what is said, and for what differs from before.
    void say(Node node, const Said& said, std::vector<Node>& touched);

    /// The groups that `node` is a direct member of, each once; sorted.
    std::vector<Place> above(Node node) const;
    /// Calls `visit(Node)` for each direct member of a group, perhaps several times, for as long as it returns true.
    template <class Visit>
    void below(Place group, Visit visit) const
    {
        for (const Claim claim : claims_of(Node::group(group))) {
            if (claim.role == Role::lists)
                for (const Holder holder : keys_[claim.key].holders)
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
    /// Half the size of std::vector: there are some for each person.
    template <class T>
    using SmallVector =
        boost::container::vector<T, void,
                                 boost::container::vector_options_t<boost::container::stored_size<std::uint32_t>>>;
    struct Key {
        SmallVector<Holder> holders;
    };

    std::vector<Claim> claims_in(const Said& said);
    std::span<const Claim> claims_of(Node node) const;
    void make(Node node, Claim claim, std::vector<Node>& touched);
    void withdraw(Node node, Claim claim, std::vector<Node>& touched);
    void touch(Node node, Claim claim, std::vector<Node>& touched) const;

    Keys texts_;
    std::vector<Key> keys_; // by KeyId
    boost::unordered_flat_map<KeyId, boost::unordered_flat_set<Node>> named_;
    std::vector<SmallVector<Claim>> claims_; // by Node::number
};

} // namespace gatehouse::people
