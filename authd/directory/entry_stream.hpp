#pragma once

#include "directory/directory_thread.hpp"
#include "directory/ldap_connection.hpp"
#include "directory/ldap_listener.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace gatehouse::directory
{

/// The entries of one search of any size, taken in batches as they come. Used by one coroutine on the directory's
/// thread; the connection outlives it.
class EntryStream final : LdapListener
{
public:
    /// `patience`: how long the server may say nothing at all.
    EntryStream(DirectoryThread& thread, LdapConnection& connection, const SearchRequest& request,
                std::chrono::milliseconds patience);
    ~EntryStream();
    EntryStream(const EntryStream&) = delete;
    EntryStream& operator=(const EntryStream&) = delete;

    /// What has come since; empty at the end.
    Awaitable<std::vector<Entry>> next();
    /// How it ended, once `next` was empty. Error: an outage, or the server's refusal.
    Result<void> result() const;

private:
    void entry(Entry entry, std::string_view control) override;
    void intermediate(std::string_view, std::string_view) override {}
    void ended(Result<LdapResult> result) override;
    void wake();

    DirectoryThread& thread_;
    LdapConnection& connection_;
    std::chrono::milliseconds patience_;
    int id_ = -1;
    std::vector<Entry> entries_;
    std::optional<Result<LdapResult>> end_;
    Waiter* waiting_ = nullptr;
};

} // namespace gatehouse::directory
