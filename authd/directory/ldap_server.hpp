#pragma once

#include "base/blocking_pool.hpp"
#include "directory/bind_pool.hpp"
#include "directory/directory_thread.hpp"
#include "directory/ldap_connection.hpp"
#include "directory/settings.hpp"
#include "directory/turnstile.hpp"
#include "identity/directory.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// What all servers of a realm have in common.
struct ServerRules {
    std::string realm;
    TlsSettings tls;
    BindAccount account; ///< binds the connection that searches
    Timing timing;
    std::string dns_server;
};

/// One server of a realm: its connections and its health. A server that fails is left at once: every wait on it ends,
/// and it is tried again in the background, first after `timing.retry_after`, then at doubled intervals up to 30 s.
/// On the directory's thread, `health` excepted.
class LdapServer : public std::enable_shared_from_this<LdapServer>
{
public:
    LdapServer(DirectoryThread& thread, BlockingPool& network, const ServerRules& rules, std::string host,
               std::uint16_t port);

    const std::string& name() const noexcept { return name_; }
    const std::string& host() const noexcept { return address_.host; }
    std::uint16_t port() const noexcept { return address_.port; }
    bool usable() const noexcept { return usable_; }

    /// Looks the host's addresses up in the background unless they were looked up within the last minute.
    void know_addresses();
    /// The connection that searches, shared by all, opened when it is not. Error: why it cannot be had.
    Awaitable<Result<std::shared_ptr<LdapConnection>>> search_connection(Deadline deadline);
    /// A connection of its own for a search whose pages must not mix with others', or a second look.
    Awaitable<Result<std::shared_ptr<LdapConnection>>> own_connection();
    BindPool& bind_pool() noexcept { return binds_; }
    /// To be passed before each search: what a server is asked beyond this waits here, where its deadline is its own.
    Turnstile& turnstile() noexcept { return turnstile_; }

    /// The server answered, `latency` after it was asked.
    void answered(std::chrono::nanoseconds latency);
    /// A request that is under way as long as this lives: a server that owes an answer for long is asked for a sign of
    /// life.
    class UnderWay
    {
    public:
        explicit UnderWay(LdapServer& server) : server_(server) { server_.request_began(); }
        ~UnderWay() { --server_.under_way_; }
        UnderWay(const UnderWay&) = delete;
        UnderWay& operator=(const UnderWay&) = delete;

    private:
        LdapServer& server_;
    };
    Deadline last_heard() const noexcept { return last_heard_; }

    /// A connection broke while an answer was awaited. Once is a restart or a cut idle connection; three times without
    /// an answer between is a failure.
    void broke(const std::string& why);
    /// Leaves the server, which `why` explains in one sentence.
    void failed(const std::string& why);
    /// Tries a failed server now unless that happened within the last `timing.retry_after`. True when it may be back
    /// in a moment: an attempt is under way, or it was left a few seconds ago.
    bool try_soon();
    /// Called at each end of an attempt to come back, and when the server is left.
    std::function<void()> on_change;
    /// Is there another server that could take over?
    std::function<bool()> replaceable = [] { return false; };

    /// Ends everything: its place in the list is gone or the realm stops.
    void retire(const std::string& why);

    /// Thread-safe.
    ServerHealth health() const;

private:
    Awaitable<Result<std::shared_ptr<LdapConnection>>> open(Deadline deadline);
    Awaitable<Result<std::shared_ptr<LdapConnection>>> open_for_binds();
    void request_began();
    Awaitable<std::string> explain_tls(std::string libldap_says);
    Awaitable<Result<void>> find_addresses(Deadline deadline);
    Awaitable<Result<void>> look_up_addresses(Deadline deadline);
    Awaitable<Result<void>> prove(LdapConnection& connection, Deadline deadline);
    Awaitable<Result<void>> bind_account(LdapConnection& connection, Deadline deadline);
    Awaitable<void> open_search_connection();
    void came_back();
    Awaitable<void> come_back();
    Awaitable<void> watch();
    Awaitable<Result<void>> ask_for_a_sign(Deadline deadline);
    void close_all(const std::string& why);
    std::uint32_t count_connections() const;

    DirectoryThread& thread_;
    BlockingPool& network_;
    const ServerRules& rules_;
    ServerAddress address_;
    std::string name_;
    Deadline addresses_until_{};
    Deadline tls_explained_until_{};
    std::string tls_explanation_;
    std::string refused_stamp_; // of the secret with which the account that searches was last refused
    std::string refusal_;
    Deadline refused_until_{};
    bool usable_ = true;
    bool retired_ = false;
    bool coming_back_ = false;
    bool watching_ = false;
    Deadline last_attempt_{};
    Deadline left_at_{};
    Deadline last_heard_{};
    Deadline asked_at_{}; // the first request that was sent after last_heard_
    std::size_t under_way_ = 0;
    Waiter* pause_ = nullptr; // of come_back(), for try_soon()

    std::shared_ptr<LdapConnection> search_;
    std::vector<std::weak_ptr<LdapConnection>> opening_; // to be ended by failed() and retire()
    bool opening_search_ = false;
    std::string search_error_;
    std::vector<Waiter*> search_seekers_;
    BindPool binds_;
    Turnstile turnstile_;

    mutable std::mutex health_mutex_;
    ServerHealth health_;
};

} // namespace gatehouse::directory
