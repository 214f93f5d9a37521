#pragma once

#include "directory/ad_changed.hpp"
#include "directory/ad_ids.hpp"
#include "directory/ad_policies.hpp"
#include "directory/ad_reader.hpp"
#include "directory/directory_thread.hpp"
#include "directory/server_set.hpp"
#include "directory/settings.hpp"
#include "identity/feed.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// The feed of a domain: tells everybody once, then looks at the domain controller's update counter every
/// `feed_interval` and reads what has a higher number than before (uSNChanged, MS-ADTS section 3.1.1.1.9). On the
/// directory's thread.
///
/// - It follows the server that logins go to. Update numbers belong to one domain controller: when another is followed,
///   everybody is told anew.
/// - What has changed and is not (or no longer) a person or group of the realm is told as gone: so are moves out of the
///   base, and people whom the filter no longer takes.
/// - Deletions come from Deleted Objects when the account that searches may read it, else from a sweep of ids every
///   `deletions_interval`.
/// - Moving or renaming an organizational unit changes the names of what is in it without giving it new numbers: then,
///   and when a password policy changes, everybody is told anew.
class AdFeed
{
public:
    /// All but `sink` outlive it; it outlives the directory's thread.
    AdFeed(const ActiveDirectorySettings& settings, DirectoryThread& thread, ServerSet& servers,
           std::shared_ptr<FeedSink> sink);

    /// Follows until the thread stops. Once.
    Awaitable<void> run();
    /// Beside it, until the thread stops: sees that the feed has stalled, or that a better server is there.
    Awaitable<void> watch();

private:
    Awaitable<Result<void>> follow(std::shared_ptr<LdapServer> server);
    Awaitable<Result<void>> follow_up();

    // Everybody:
    Awaitable<Result<void>> sweep();
    Awaitable<Result<void>> learn_policies();

    // Those whom `filter` takes. What was found is taken out of `sought`; without it they are everybody, and changes
    // are told between the pages.
    Awaitable<Result<void>> tell_people(std::string filter, AdIds* sought);
    Awaitable<Result<void>> tell_groups(std::string filter, AdIds* sought);
    Awaitable<Result<void>> complete_members(GroupRecord& group, const Entry& entry);

    // What is new:
    Awaitable<Result<void>> poll();
    Awaitable<Result<void>> poll_when_due();
    Awaitable<Result<void>> read_changes(std::uint64_t above);
    Awaitable<Result<AdChanged>> find_changed(std::uint64_t above);
    Awaitable<Result<void>> tell_again(AdChanged& changed);

    // Deletions:
    Awaitable<Result<void>> look_for_deleted_objects();
    Awaitable<Result<void>> sweep_ids();
    Awaitable<Result<void>> tick_off(std::string base, std::string filter, AdIds& missing);

    const std::string& people_base() const;
    Changes changes() const;
    void note(const Entry& entry, AdIds* sought);
    void tell_gone(std::vector<std::string> ids);
    void report_live();
    void report_failure(const Error& error);
    Awaitable<void> pause_until(Deadline moment);

    const ActiveDirectorySettings& settings_;
    DirectoryThread& thread_;
    ServerSet& servers_;
    std::shared_ptr<FeedSink> sink_;
    FeedState state_;

    // Of the domain controller that is followed:
    std::unique_ptr<AdReader> reader_;
    std::string invocation_;   // of the one that everybody was told from last
    std::uint64_t cursor_ = 0; // all updates up to this one have been told
    bool complete_ = false;    // everybody has been told from it
    Deadline sweep_at_ = Deadline::max();
    Deadline next_poll_{};
    Deadline read_from_{};        // all that had happened at this moment has been told; {}: not yet
    std::size_t people_told_ = 0; // in this sweep

    AdPolicies policies_;

    bool deletions_shown_ = false;                // Deleted Objects can be read
    Deadline deletions_at_{};                     // when to look for them next
    std::chrono::milliseconds deletions_bound_{}; // how late a sweep of ids may find one
    AdIds known_;                                 // who has been told, while deletions are not shown
    AdIds* missing_ = nullptr;                    // of them, those that the sweep of ids under way has not seen
};

} // namespace gatehouse::directory
