#pragma once

#include "people/places.hpp"

#include <string>
#include <vector>

namespace gatehouse::people
{

/// One group as the mirror holds it. Immutable in a snapshot.
struct StoredGroup {
    std::string id;
    std::string name;
    std::string lower_name;
    std::string dn;
    std::vector<Place> parents; ///< groups that this one is a direct member of; sorted

    bool operator==(const StoredGroup&) const = default;
};

} // namespace gatehouse::people
