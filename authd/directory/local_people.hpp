#pragma once

#include "base/argon2.hpp"
#include "base/result.hpp"
#include "base/scram_verifier.hpp"
#include "directory/scram_decoys.hpp"
#include "identity/login_name.hpp"
#include "identity/person.hpp"
#include "identity/verifiers.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

/// The people and groups of one people file: immutable once read.
class LocalPeople
{
public:
    struct Entry {
        Person person; ///< without groups
        std::string hash;
        Argon2Cost cost;
        std::vector<ScramVerifier> verifiers; ///< of the same password; one a hash at most
        std::vector<std::size_t> groups;      ///< that name the person as a member
    };

    /// Reads the file. Error: `invalid`; every fault on a line of its own, "file:line:column: path: what is wrong". A
    /// file that others may read is a fault: it holds password hashes. Blocks.
    static Result<LocalPeople> read(const std::string& realm, const std::string& file);

    /// Whom `name` may mean: more than one is ambiguous. A qualified name means the people with that address and the
    /// one whose short name stands before the '@'; the other forms mean a short name. Without case.
    std::vector<const Entry*> find(const LoginName& name) const;

    /// Every group of a person, nested ones included, each once, with the shortest way to it. Groups may contain each
    /// other.
    std::vector<Membership> memberships(const Entry& entry) const;

    /// A hash that no password verifies, of the cost that one of the people has; always the same one for a name.
    std::string unmatched_hash_for(std::string_view name) const;

    /// As VerifierSource.
    FoundVerifier find_verifier(const LoginName& name, ScramHash hash) const;

    struct Group {
        std::string name;
        std::vector<std::size_t> parents; ///< groups that contain this one, by their places in `groups`
    };

    const std::vector<Entry>& people() const { return people_; }
    const std::vector<Group>& groups() const { return groups_; }

private:
    friend class PeopleFile;

    std::vector<Entry> people_;
    std::vector<Group> groups_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::multimap<std::string, std::size_t, std::less<>> by_address_;
    ScramDecoys decoys_;
};

} // namespace gatehouse::directory
