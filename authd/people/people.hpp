#pragma once

#include "identity/login_name.hpp"
#include "identity/person.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::people
{

class StoredPerson; ///< one person, packed; immutable (stored_person.hpp)
using PersonRef = std::shared_ptr<const StoredPerson>;

/// Everybody of one realm at one moment: an immutable snapshot with the closure of groups. A new snapshot shares all
/// that did not change with the one before. Thread-safe, as all that is immutable.
class People
{
public:
    /// Whom a name means. `several`: it is ambiguous.
    struct Found {
        PersonRef one{};                 ///< the only one
        std::vector<std::string> several{}; ///< their canonical names, when more than one

        bool absent() const { return !one && several.empty(); }
    };

    /// By short name, UPN or mail address, as the realm's facts say which form means what. Compared without case for
    /// ASCII; what a directory takes for equal beyond that (RFC 4518) is not found here (see `decides`).
    Found find(const LoginName& name) const;
    /// True when a name that is not found here is nobody's: it has only printable ASCII without blanks. Otherwise the
    /// directory may know better.
    static bool decides(const LoginName& name);
    /// By stable id.
    PersonRef with_id(std::string_view id) const;

    /// The person as a value; `groups` with the shortest way to each, for Detail::groups.
    Person describe(const StoredPerson& person, Detail detail) const;
    /// The first of the person's groups, nested ones included, whose short name (lower case) is among `wanted`.
    std::optional<std::string> first_group_of(const StoredPerson& person,
                                              const std::set<std::string, std::less<>>& wanted) const;

    std::size_t size() const;       ///< people
    std::size_t group_count() const;
};

} // namespace gatehouse::people
