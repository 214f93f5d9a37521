#pragma once

#include "base/name_lookup.hpp"
#include "directory/ldap_server.hpp"

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// The servers of one realm in order of preference, from a list or from SRV records, which are asked again when their
/// time to live ends (30 s to 1 h) and soon when no server is usable. On the directory's thread, `health` excepted.
class ServerSet
{
public:
    /// `srv_names`: the servers of an earlier name are preferred to those of a later one. Empty when `settings.hosts`
    /// lists the servers.
    ServerSet(DirectoryThread& thread, BlockingPool& network, ServerRules rules, const ServerSettings& settings,
              std::vector<std::string> srv_names);

    /// Begins to look for SRV records.
    void start();
    /// Ends every connection and wait.
    void stop();

    using Excluded = std::span<LdapServer* const>;

    /// The best server that is usable and not among `without`. With none usable it waits up to a second for one to
    /// come back. Null: none; `why_none` says why.
    Awaitable<std::shared_ptr<LdapServer>> choose(Excluded without, Deadline deadline);
    bool another_usable(Excluded without) const;
    /// Those that are usable now, the best first.
    std::vector<std::shared_ptr<LdapServer>> usable() const;
    std::string why_none() const;

    const ServerRules& rules() const noexcept { return rules_; }

    /// Thread-safe.
    std::vector<ServerHealth> health() const;

private:
    Awaitable<void> discover();
    using Ranks = std::vector<std::vector<ServiceRecord>>; // one for each of srv_names_
    struct Discovery {
        Ranks ranks;
        std::chrono::seconds lifetime{0};
    };
    Awaitable<Result<Discovery>> ask_for_records();
    void take(Ranks found);
    void add(const ServiceRecord& record, std::vector<std::shared_ptr<LdapServer>>& next);
    std::shared_ptr<LdapServer> make_server(const std::string& host, std::uint16_t port);
    std::shared_ptr<LdapServer> best(Excluded without) const;
    bool may_recover();
    void changed();

    DirectoryThread& thread_;
    BlockingPool& network_;
    ServerRules rules_;
    std::vector<std::string> srv_names_;
    Ranks ranks_; // as last found, each sorted for comparison
    std::string discovery_error_;
    Waiter* discovery_pause_ = nullptr;
    Deadline discovered_at_{};
    std::vector<Waiter*> hopeful_; // who wait for any server to come back

    std::vector<std::shared_ptr<LdapServer>> former_; // until no coroutine is at one of them any more
    mutable std::mutex servers_mutex_; // the list is changed on the thread only, so reads there need no lock
    std::vector<std::shared_ptr<LdapServer>> servers_;
};

} // namespace gatehouse::directory
