#pragma once

#include "identity/feed.hpp"
#include "identity/login_name.hpp"
#include "identity/person.hpp"
#include "people/places.hpp"
#include "people/shared_trie.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::people
{

class StoredPerson; ///< one person, packed; immutable (stored_person.hpp)
void intrusive_ptr_add_ref(const StoredPerson* person) noexcept;
void intrusive_ptr_release(const StoredPerson* person) noexcept;
/// A share in a person, half the size of a std::shared_ptr. Thread-safe in the same way.
using PersonRef = boost::intrusive_ptr<const StoredPerson>;
struct StoredGroup;

/// Everybody of one realm at one moment: an immutable snapshot with the closure of groups. A new snapshot shares all
/// that did not change with the one before. Thread-safe, as all that is immutable.
///
/// Names are compared without case for ASCII; what a directory takes for equal beyond that (RFC 4518) is not found here
/// (see `decides`).
class People
{
public:
    /// Whom a name means. `several`: it is ambiguous.
    struct Found {
        PersonRef one{};                    ///< the only one
        std::vector<std::string> several{}; ///< their canonical names, when more than one; sorted

        bool absent() const { return !one && several.empty(); }
    };

    /// By short name, UPN or mail address, as the realm's facts say which form means what:
    ///
    ///     user, sid:S-1-  the short name `user`
    ///     DOMAIN\user     the short name `user`, or the whole text where that is a short name
    ///     user@suffix     a UPN, a mail address or a short name that is the whole text; and the short name `user`, if
    ///                     RealmFacts::qualified_names_any_suffix, or the suffix is one of own_suffixes or has no dot
    Found find(const LoginName& name) const;
    /// True when a name that is not found here is nobody's: it has only printable ASCII without blanks. Otherwise the
    /// directory may know better.
    static bool decides(const LoginName& name);
    /// By stable id. Null: nobody.
    PersonRef with_id(std::string_view id) const;

    /// The person as a value; for Detail::groups with every group, nested ones included, each once with a shortest way
    /// to it: the nearest first, by name where equally near.
    Person describe(const StoredPerson& person, Detail detail) const;
    /// The first of the person's groups, in the order of `describe`, whose short name in lower case is among `wanted`.
    /// Nothing: none is.
    std::optional<std::string> first_group_of(const StoredPerson& person,
                                              const std::set<std::string, std::less<>>& wanted) const;

    /// The ids of everybody, in no order.
    std::vector<std::string> ids() const;
    std::size_t size() const { return size_; } ///< people
    std::size_t group_count() const { return group_count_; }

private:
    friend class Draft; ///< makes the next snapshot
    friend class Climb;

    struct NameAt {
        std::uint32_t hash; ///< of the name in lower case: whoever looks compares the name
        Place place;        ///< the person's
    };
    struct PersonAt {
        Place hash;
        PersonRef person;
    };
    struct GroupAt {
        Place hash;
        std::shared_ptr<const StoredGroup> group;
    };

    explicit People(std::string realm) : realm_(std::move(realm)) {}

    static std::uint32_t hash_of(std::string_view name);
    const PersonRef* person_at(Place place) const;
    const std::shared_ptr<const StoredGroup>* group_at(Place place) const;
    std::optional<Place> place_of(std::string_view id) const;
    bool means_short_name(std::string_view suffix) const;

    std::string realm_;
    std::shared_ptr<const RealmFacts> facts_ = std::make_shared<RealmFacts>();
    SharedTrie<PersonAt, 128> people_; // by place; to copy a leaf touches all in it
    SharedTrie<GroupAt, 128> groups_;  // by place
    SharedTrie<NameAt> ids_;
    SharedTrie<NameAt> short_names_;
    SharedTrie<NameAt> addresses_; // UPNs, too
    std::size_t size_ = 0;
    std::size_t group_count_ = 0;
};

} // namespace gatehouse::people
