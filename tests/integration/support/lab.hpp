#pragma once

#include "base/secret.hpp"
#include "support/audit.hpp"
#include "support/connection.hpp"
#include "support/people.hpp"
#include "support/process.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

/// The lab in which this test program runs: a directory, authd and the servers that ask it, all started by the scripts
/// of tests/lab. Where it is comes from the environment that ctest sets (see tests/integration/CMakeLists.txt):
/// GATEHOUSE_DIRECTORY, GATEHOUSE_LAB, GATEHOUSE_ADDRESS, GATEHOUSE_PORT_BASE, GATEHOUSE_BIN. The scripts read the
/// same.
class Lab
{
public:
    /// Throws std::runtime_error when a variable is missing.
    static const Lab& current();

    DirectoryKind directory() const { return directory_; }
    bool is(DirectoryKind kind) const { return directory_ == kind; }
    const std::filesystem::path& folder() const { return folder_; }
    const SamplePeople& people() const { return people_; }
    const SamplePerson& person(std::string_view name) const { return people_.named(name); }

    /// A server's place by the name of its port in tests/lab/lab.sh.
    Place place(std::string_view port_name) const;
    /// The socket of a listener below the lab's folder doors/.
    Place door(std::string_view name) const;
    /// Any socket, by its path below the lab's folder.
    Place socket(std::string_view path) const { return {.path = folder_ / path}; }
    std::filesystem::path program(std::string_view name) const { return bin_ / name; }
    /// A file of tests/lab.
    std::string script_file(std::string_view name) const { return (scripts_ / name).string(); }

    /// The items of `realms:` in the lab's own authd.yaml, for an authd of a test's own. Throws std::runtime_error.
    std::string realms_yaml() const;

    /// authd's audit file, marked now.
    AuditFile audit() const { return AuditFile(folder_ / "authd/audit.jsonl"); }

    /// tests/lab/SCRIPT WORDS...
    Output script(std::string_view name, const std::vector<std::string>& words, const RunOptions& options = {}) const;
    /// The same, and throws std::runtime_error with its output when it fails.
    Output must(std::string_view name, const std::vector<std::string>& words, const RunOptions& options = {}) const;
    /// What `tests/lab/SCRIPT show` says: its NAME=value lines.
    std::map<std::string, std::string> show(std::string_view name) const;
    /// authctl at the lab's control socket. `--socket` comes first, then the words.
    Output authctl(const std::vector<std::string>& words, const RunOptions& options = {}) const;

private:
    Lab();

    DirectoryKind directory_;
    std::filesystem::path scripts_;
    std::filesystem::path folder_;
    std::filesystem::path bin_;
    std::string address_;
    SamplePeople people_;
    std::map<std::string, std::uint16_t, std::less<>> ports_;
};

/// A password for our own codecs and clients.
Secret secret(std::string_view text);

} // namespace gatehouse::integration
