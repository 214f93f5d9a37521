#pragma once

#include "support/lab.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::integration
{

// Realms for an authd of a test's own, as YAML. All hold the sample people of the lab.

/// The people of slapd under the names CAMPUS and campus.example. `servers`: host:port, in order.
struct OpenLdapRealm {
    std::vector<std::string> servers;
    std::string name = "CAMPUS";
    std::string tls_mode = "ldaps";
    std::filesystem::path ca{}; ///< empty: the lab's own
};
std::string realm_yaml(const OpenLdapRealm& realm);
/// `servers`: addresses, in order; none: as the DNS of the first DC names them.
std::string active_directory_realm(const std::vector<std::string>& servers = {});
/// The realm LOCAL, whose people are LOCAL\name; no server belongs to it.
std::string local_realm();

/// A gatehouse-authd that one test starts, hurts and ends, beside the lab's. Its listeners take every service:
/// `control`, `saslauthd`, `dovecot`, `native`. Killed at the end. Its log is log/authd-NAME.log of the lab. Not
/// thread-safe; the places that it tells are.
class OwnAuthd
{
public:
    struct Wishes {
        std::string realms;                   ///< the items of the list
        std::filesystem::path audit{};        ///< empty: a file of its own, emptied at the start
        std::string limits = "{}";            ///< of each listener
        std::string listeners{};              ///< more items of that list
        std::string services{};               ///< items of that mapping
        std::string store{};                  ///< that mapping; empty: a file of its own
        std::filesystem::path replay_cache{}; ///< empty: a file of its own
        std::string more{};                   ///< further keys of the file
    };

    /// Starts and waits until `authctl status` is answered. Throws std::runtime_error with the log when it is not.
    OwnAuthd(const std::string& name, const Wishes& wishes);

    Place door(const std::string& listener) const;
    AuditFile audit() const { return AuditFile(audit_); }
    const std::filesystem::path& audit_file() const { return audit_; }
    /// What `authctl --json status` says. Throws std::runtime_error when it says nothing.
    boost::json::object status() const;
    /// A server of its first realm in the status, by the name there (host or host:port).
    boost::json::object server(const std::string& name) const;
    /// A listener's counter in the status.
    std::int64_t counter(const std::string& listener, const std::string& counter) const;
    std::string log() const { return process_->log(); }

    /// authctl at its control socket.
    Output authctl(const std::vector<std::string>& words, const RunOptions& options = {}) const;
    std::filesystem::path configuration_file() const { return folder_ / "authd.yaml"; }
    /// Another configuration for its next reload or start.
    void write_configuration(const Wishes& wishes) const;

    Child& process() { return *process_; }
    /// Starts it anew with the same configuration, once its process has ended.
    void start_again();

private:
    void start();
    std::string configuration(const Wishes& wishes) const;

    std::filesystem::path folder_;
    std::filesystem::path audit_;
    std::filesystem::path log_;
    std::optional<Child> process_;
};

} // namespace gatehouse::integration
