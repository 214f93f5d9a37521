#pragma once

#include <cstddef>
#include <cstdint>

namespace gatehouse::people
{

/// Where a person stands in the table of people, or a group in that of groups. Kept for as long as the object is known,
/// whatever changes of it. A group's place is never given to another one, so that a person of an older snapshot cannot
/// come into the wrong group.
using Place = std::uint32_t;

/// A person or a group.
struct Node {
    Place place : 31;
    Place is_group : 1;

    static Node person(Place place) { return {.place = place, .is_group = 0}; }
    static Node group(Place place) { return {.place = place, .is_group = 1}; }

    std::size_t number() const { return place * std::size_t{2} + is_group; } ///< of its own for each
    bool operator==(const Node&) const = default;
};

inline std::size_t hash_value(Node node)
{
    return node.number();
}

} // namespace gatehouse::people
