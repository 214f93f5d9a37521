#pragma once

#include "base/result.hpp"
#include "directory/ldap_connection.hpp"
#include "directory/ldap_listener.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

/// What a SyncSearch heard.
struct SyncEvent {
    enum class What {
        changed,     ///< `entry` is new or other than before; it has an entryUUID
        present,     ///< `id` is as it was
        gone,        ///< `id` is deleted or no longer matches
        present_all, ///< the end of a present phase: what was not mentioned since the beginning is gone
    };

    What what = What::changed;
    std::string id;
    Entry entry{};
};

/// A search whose changes go on to be told: refreshAndPersist of the content synchronization operation, RFC 4533
/// section 3.4. Its state outlives the connection, so that a later one goes on from the cookie. On the directory's
/// thread.
class SyncSearch final : LdapListener
{
public:
    /// `heard` is called when there is something new: from inside a connection, so it only makes a note of it.
    SyncSearch(SearchRequest request, std::function<void()> heard);

    /// Begins, or goes on from the cookie. It hears until it ends or the connection does. Error: as
    /// LdapConnection::listen.
    Result<void> begin(LdapConnection& connection);
    /// Forgets the cookie: the next beginning asks for everything.
    void forget();

    std::vector<SyncEvent> take_events() { return std::exchange(events_, {}); }
    bool has_events() const noexcept { return !events_.empty(); }
    /// The events so far, once taken, tell the whole state; what follows are changes.
    bool refreshed() const noexcept { return refreshed_; }
    /// Where it stands, once its events are taken.
    const std::string& cookie() const noexcept { return cookie_; }

    /// Why it ended.
    enum class End {
        none,
        not_offered,      ///< the server tells no changes: no syncprov overlay
        refresh_required, ///< begin again without a cookie
        failed,           ///< see `why`
    };
    End end() const noexcept { return end_; }
    const std::string& why() const noexcept { return why_; }

private:
    void entry(Entry entry, std::string_view control) override;
    void intermediate(std::string_view oid, std::string_view value) override;
    void ended(Result<LdapResult> result) override;
    void take_cookie(std::optional<std::string>& cookie);
    void fail(std::string why);

    const SearchRequest request_;
    std::function<void()> heard_;
    std::vector<SyncEvent> events_;
    std::string cookie_;
    bool refreshed_ = false;
    bool spoke_sync_ = false;
    End end_ = End::none;
    std::string why_;
};

} // namespace gatehouse::directory
