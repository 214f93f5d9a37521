#pragma once

#include "support/lab.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// A configuration for the doctor: a realm of the lab's directory as docs/ says it should be joined, but for what a
/// test makes wrong.
struct RealmToExamine {
    std::string servers{};      ///< keys of `directory` that say where; empty: as the lab's directory is
    std::filesystem::path ca{}; ///< empty: the lab's own
    std::string secret{};       ///< of the account that searches; empty: the right one
    std::string people{};       ///< the mapping `people`; empty: as it should be
    std::string more{};         ///< further keys of `directory`
    std::string kerberos_realm = "CAMPUS.EXAMPLE";
    std::string passwords{}; ///< that mapping; empty: as it should be, which is none in OpenLDAP
    std::string tls_mode = "ldaps";
};

/// What `authctl doctor --json` said.
struct Diagnosis {
    int status = -1;
    boost::json::value told;
    std::string text; ///< for a failed test

    /// Exit status 0, nothing worse than ok.
    bool sound() const;
    /// One finding of this check and severity whose words and cure hold these.
    bool tells(std::string_view check, std::string_view severity, std::string_view words, std::string_view cure) const;
    /// Nothing worse than ok but findings of these checks.
    bool only(const std::vector<std::string>& checks) const;
};

/// Runs the doctor in the lab. `before`: what stands before it, such as another time.
Diagnosis examine(const RealmToExamine& realm = {}, const std::vector<std::string>& before = {});
/// authctl with these words and the configuration of `realm`.
Output authctl_about(const RealmToExamine& realm, const std::vector<std::string>& words);

/// Such a configuration in a file of this name, for a daemon.
std::filesystem::path configuration_of(const RealmToExamine& realm, const std::string& name);

/// The domain as docs/join-active-directory.md has it, found sound; so that what is found after is what was made.
void require_sound();

/// Something of the lab that is put back when this ends; a failure then is printed and fails no test by itself.
class PutBack
{
public:
    explicit PutBack(std::function<void()> undo) : undo_(std::move(undo)) {}
    ~PutBack();
    PutBack(const PutBack&) = delete;
    PutBack& operator=(const PutBack&) = delete;

private:
    std::function<void()> undo_;
};

/// `tests/lab/samba-ad WORDS...`. Throws std::runtime_error when it fails.
void domain_must(const std::vector<std::string>& words, const Environment& environment = {});

/// What `tests/lab/samba-ad show` says; asked once.
const std::string& domain_shows(const std::string& name);

/// The keytab that those configurations name, with the present key of the lab's service account.
std::filesystem::path service_keytab();
void export_service_keytab();

} // namespace gatehouse::integration
