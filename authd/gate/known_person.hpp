#pragma once

#include "gate/proofs.hpp"
#include "gate/realm.hpp"
#include "identity/person.hpp"
#include "people/people.hpp"
#include "people/stored_person.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace gatehouse::gate
{

/// How true a realm's mirror is at one moment.
enum class MirrorIs : std::uint8_t {
    absent, ///< there is none, or it has never been filled
    live,
    stale, ///< it was filled, but changes do not arrive, though the directory answers
    away,  ///< the directory is wholly away
};

/// A realm's mirror at one moment.
class MirrorView
{
public:
    explicit MirrorView(const Realm& realm);

    MirrorIs is() const { return is_; }
    /// Null when absent.
    const people::People* people() const { return people_.get(); }
    /// Since when nothing is known of the directory.
    Deadline read_from() const { return read_from_; }

private:
    std::shared_ptr<const people::People> people_;
    MirrorIs is_ = MirrorIs::absent;
    Deadline read_from_{};
};

/// Somebody whom the mirror or the directory has named.
struct KnownPerson {
    Person person;            ///< Detail::account at least
    people::PersonRef stored; ///< null: not in the mirror
    people::PasswordMove move{};

    /// Changed so lately that the directory may still take the password before the present one.
    bool password_may_be_old(std::chrono::seconds old_password_period) const;
    Proofs::Owner owner() const { return {person.realm, person.id}; }
    /// What proofs are measured by; lives no longer than this.
    Proofs::PasswordNow password_now(std::chrono::seconds old_password_period) const;
};

/// The names that several people were found by, for a message.
std::string names_of(const people::People::Found& found);

KnownPerson known_person(const people::People& people, const people::PersonRef& stored, Detail detail);

/// Retires the proofs of everybody whose password is seen to change, as long as the returned object lives. `proofs`
/// outlives it.
[[nodiscard]] std::shared_ptr<void> retire_proofs_with(const std::shared_ptr<people::Mirror>& mirror, std::string realm,
                                                       Proofs& proofs);

/// The first of the person's groups, nested ones included, that is among `wanted`: from the mirror where it holds the
/// person, else from the groups of the value.
std::optional<std::string> first_group_of(const KnownPerson& known, const people::People* people,
                                          const std::set<std::string, std::less<>>& wanted);

} // namespace gatehouse::gate
