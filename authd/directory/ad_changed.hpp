#pragma once

#include "directory/ad_ids.hpp"
#include "directory/entry.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// What the entries are whose update numbers are above `above`. Each was asked for `ad_changed_attributes`.
struct AdChanged {
    explicit AdChanged(std::uint64_t above_) : above(above_) {}

    std::uint64_t above;
    AdIds present;                    ///< not deleted: what kind of entry, a second look tells
    std::vector<std::string> deleted; ///< ids
    bool groups = false;              ///< a group is among them
    bool containers = false;          ///< one that others were in: their names may have changed without new numbers
    bool policies = false;            ///< the domain itself or a fine-grained password policy

    void add(const Entry& entry);
    bool empty() const { return present.empty() && deleted.empty(); }
};

std::vector<std::string> ad_changed_attributes();

} // namespace gatehouse::directory
