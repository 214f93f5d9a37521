#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

/// What a lab's people come from.
enum class DirectoryKind { openldap, active_directory, local };

/// "openldap", "active-directory", "local": the words of people.json and of tests/lab.
std::string_view name_of(DirectoryKind kind);
/// Throws std::invalid_argument for another word.
DirectoryKind directory_kind(std::string_view word);

/// One of the lab's sample people.
struct SamplePerson {
    std::string name;
    std::string password;
    std::string state; ///< why the directory refuses the person, as the audit line says it; empty: it does not
    std::vector<std::string> addresses;
    std::vector<std::string> groups; ///< direct ones
    bool special = false;            ///< the name is made of characters that filters and DNs must escape
};

/// The people of tests/lab/people.json that exist in one kind of directory. Immutable.
class SamplePeople
{
public:
    /// Throws when the file is not what it should be.
    SamplePeople(const std::filesystem::path& file, DirectoryKind kind);

    const std::vector<SamplePerson>& all() const { return people_; }
    /// By short name. Throws std::out_of_range when this directory has no such person.
    const SamplePerson& named(std::string_view name) const;
    /// Those whom the directory refuses although their password is right.
    std::vector<SamplePerson> refused_by_state() const;
    std::vector<SamplePerson> special() const;
    /// Every password of the file, the search account's and the administrator's too: none may ever be logged.
    const std::vector<std::string>& passwords() const { return passwords_; }

private:
    std::vector<SamplePerson> people_;
    std::vector<std::string> passwords_;
};

} // namespace gatehouse::integration
