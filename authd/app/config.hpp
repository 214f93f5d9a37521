#pragma once

#include "base/result.hpp"
#include "directory/settings.hpp"
#include "door/settings.hpp"
#include "gate/policy.hpp"
#include "gate/realm.hpp"
#include "identity/realm_names.hpp"
#include "kerberos/as_check.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::app
{

enum class PasswordsBy {
    bind,     ///< at the directory itself; with a keytab, Kerberos tells an old password from a new one
    kerberos, ///< by an AS exchange with the realm's KDCs
};

/// By which tickets people of a realm may log in.
struct TicketConfig {
    std::string keytab;                     ///< a file with the keys of our services
    std::vector<std::string> auth_to_local; ///< rules for principals of Kerberos realms that no realm has

    bool operator==(const TicketConfig&) const = default;
};

struct RealmConfig {
    RealmNames names;
    std::variant<directory::LocalSettings, directory::OpenLdapSettings, directory::ActiveDirectorySettings> directory;
    PasswordsBy passwords_by = PasswordsBy::bind;
    std::optional<kerberos::AsSettings> kerberos; ///< set with a keytab
    std::optional<TicketConfig> tickets;
    gate::ProofRules proofs;
    gate::ShieldRules shield;

    bool operator==(const RealmConfig&) const = default;
};

struct AuditConfig {
    std::string file; ///< "-" is standard output

    bool operator==(const AuditConfig&) const = default;
};

struct ProcessConfig {
    std::size_t workers = 0;                                ///< threads that serve connections; 0: as many as cores
    std::size_t secret_memory = 4 * 1024 * 1024;            ///< bytes of locked memory
    std::size_t proof_memory = 32 * 1024 * 1024;            ///< bytes of proofs: some hundred a person who logged in
    std::size_t network_threads = 32;                       ///< pool for blocking network calls
    std::size_t compute_threads = 0;                        ///< pool for argon2id; 0: as many as cores
    std::string replay_cache = "/var/lib/gatehouse/replay"; ///< which tickets' authenticators were seen
    std::chrono::milliseconds refusal_grid{200}; ///< refusals leave on this grid, so that their time tells nothing
    std::chrono::milliseconds shutdown{10'000};  ///< for what is under way at the end

    bool operator==(const ProcessConfig&) const = default;
};

/// The whole configuration: a value, checked when read, swapped whole on reload.
struct Config {
    std::string log_level = "info";
    ProcessConfig process;
    AuditConfig audit;
    store::StoreSettings store{.file = "/var/lib/gatehouse/store.db"};
    std::vector<std::string> store_key_files; ///< of store secrets, the newest first; none: a key of the process's own
    std::string metrics_listen;               ///< address:port of the Prometheus page; empty: none
    std::vector<RealmConfig> realms;
    gate::ServiceRules services;
    std::vector<door::ListenerSettings> listeners;
    std::vector<std::string> warnings; ///< valid, but an administrator should know (a clear-text directory)
};

/// Reads and checks the file. Error: `invalid`; every fault on a line of its own, `file:line:column: path: what is
/// wrong (what was expected)`. Secret files are checked too: present, not readable by others, not empty.
Result<Config> read_config(const std::string& file);

/// Some listener takes NTLM.
bool offers_ntlm(const Config& config);

} // namespace gatehouse::app
