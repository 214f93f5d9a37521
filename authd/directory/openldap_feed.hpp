#pragma once

#include "directory/directory_thread.hpp"
#include "directory/ldap_connection.hpp"
#include "directory/openldap_ledger.hpp"
#include "directory/server_set.hpp"
#include "directory/settings.hpp"
#include "directory/sync_search.hpp"
#include "identity/feed.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::directory
{

/// Follows the changes of a realm in OpenLDAP on a connection of its own, to the server that logins use: searches that
/// go on (RFC 4533), one for people, one for groups and one for what they lie in. At a server without the syncprov
/// overlay it asks for changes every 500 ms instead and finds deletions by sweeps. Everything happens on the
/// directory's thread.
///
/// What it claims: twice a second it reads contextCSN on the same connection. When the cookies of both searches cover
/// what it read, all that was committed before the question is told. A server that says no new cookie for changes
/// elsewhere in the tree leaves a cookie behind; then the moment of the question before is claimed: syncprov queues a
/// change before it answers the writer, so half a second and one whole answer later it has been sent.
class OpenLdapFeed
{
public:
    /// `settings`, `thread` and `servers` outlive it.
    OpenLdapFeed(const OpenLdapSettings& settings, DirectoryThread& thread, ServerSet& servers,
                 std::shared_ptr<FeedSink> sink);
    OpenLdapFeed(const OpenLdapFeed&) = delete;
    OpenLdapFeed& operator=(const OpenLdapFeed&) = delete;

    /// Until the thread stops. Never throws.
    Awaitable<void> run();

private:
    using Kind = OpenLdapLedger::Kind;
    enum class Came {
        heard,
        read_again,
        found
    }; ///< how an entry came: told, asked for because of a doubt, or by asking
    enum class Follow { again, anew, by_asking }; ///< how to go on after a connection; anew: it was left on purpose

    Awaitable<void> run_once();
    Awaitable<Follow> follow(LdapServer& server, LdapConnection& connection);
    Awaitable<Result<void>> get_ready(LdapConnection& connection);
    bool begin_searches(LdapConnection& connection);
    Follow judge_end();
    std::string why_ended(const LdapConnection& connection) const;
    Awaitable<bool> better_server(const LdapServer& server);

    // What comes becomes what is told. False: the connection is of no more use.
    Awaitable<bool> digest(LdapConnection& connection);
    Awaitable<bool> digest(LdapConnection& connection, Kind kind, SyncSearch& search);
    bool a_unit_moved();
    Awaitable<bool> take(LdapConnection& connection, Kind kind, Entry entry, Came came);
    Awaitable<bool> settle(LdapConnection& connection);
    void tell();
    void start_sweep();
    void finish_refresh();

    // Twice a second: openldap_feed_reading.cpp.
    Awaitable<bool> tick(LdapConnection& connection);
    Awaitable<bool> read_beside(LdapConnection& connection);
    Awaitable<bool> look_at_policies(LdapConnection& connection);
    Awaitable<bool> look_at_locks(LdapConnection& connection);
    Awaitable<bool> read_doubtful(LdapConnection& connection);
    Awaitable<bool> read_doubtful_groups(LdapConnection& connection);
    Awaitable<bool> find_unknown_groups(LdapConnection& connection, const std::string& member,
                                        std::vector<std::string>& groups);
    Awaitable<bool> read_everybody(LdapConnection& connection);
    Awaitable<bool> take_all(LdapConnection& connection, Kind kind, SearchRequest request, Came came);
    Awaitable<bool> read_one(LdapConnection& connection, Kind kind, const std::string& dn);
    Awaitable<bool> read_policy(LdapConnection& connection, const std::string& dn, bool& changed);
    Awaitable<Result<SearchAnswer>> read_entry(LdapConnection& connection, const std::string& dn, std::string filter,
                                               std::vector<std::string> attributes);

    // Without syncprov: openldap_feed_asking.cpp.
    Awaitable<void> follow_by_asking(LdapServer& server, LdapConnection& connection);
    Awaitable<bool> ask_for_everything(LdapConnection& connection);
    Awaitable<bool> ask_for_changes(LdapConnection& connection, Kind kind);
    Awaitable<bool> ask_for_ids(LdapConnection& connection, Kind kind);

    SearchRequest request_for(Kind kind) const;
    void learn();
    void report(bool live, std::string trouble);
    void lost(std::string why);
    void wake();
    Awaitable<void> pause(Deadline until);
    std::chrono::milliseconds patience() const;

    const OpenLdapSettings& settings_;
    DirectoryThread& thread_;
    ServerSet& servers_;
    std::shared_ptr<FeedSink> sink_;
    OpenLdapLedger ledger_;
    std::string context_; ///< the naming context that holds people_base
    SyncSearch people_;
    std::unique_ptr<SyncSearch> groups_; ///< null until the naming context is known
    /// What people and groups lie in. When it is renamed, they are, too, and the server says nothing of them.
    std::unique_ptr<SyncSearch> units_;
    std::unordered_map<std::string, std::string> units_told_; ///< DNs by id
    Waiter* waiting_ = nullptr;

    std::string server_;         ///< the server whose state was told
    std::string doubted_server_; ///< the feed could not follow it lately, or not as it should
    Deadline doubted_until_{};
    std::vector<LdapServer*> tried_; ///< since the feed was live, or since the last pause
    bool reached_ = false;           ///< one of them
    std::chrono::milliseconds back_off_;
    bool sweeping_ = false;
    bool refreshed_ = false;  ///< on this connection
    Deadline begun_{};        ///< when its searches began
    Deadline asked_before_{}; ///< when contextCSN was asked for the last time
    FeedState state_;
    std::optional<RealmFacts> facts_;
    Deadline next_look_at_locks_{};
    std::size_t next_policy_ = 0;

    std::string newest_csn_; ///< of what was asked for
    Deadline next_sweep_for_ids_{};
};

} // namespace gatehouse::directory
