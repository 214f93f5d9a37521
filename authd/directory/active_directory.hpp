#pragma once

#include "directory/ad_bind_names.hpp"
#include "directory/ad_feed.hpp"
#include "directory/ad_lockout.hpp"
#include "directory/answers.hpp"
#include "directory/ldap_link.hpp"
#include "directory/settings.hpp"
#include "identity/directory.hpp"

#include <memory>
#include <string>

namespace gatehouse::directory
{

/// A realm whose people live in one domain of Active Directory, or Samba. Finds the person with the account that
/// searches, then binds as the person's DN. To be held by a shared_ptr, as OpenLdap.
class ActiveDirectory final : public Directory, public std::enable_shared_from_this<ActiveDirectory>
{
public:
    /// `network` outlives it.
    ActiveDirectory(ActiveDirectorySettings settings, BlockingPool& network);

    Awaitable<PasswordAnswer> check_password(const LoginName& name, const Secret& password, Detail detail,
                                             Deadline deadline, Trail& trail) override;
    Awaitable<PasswordAnswer> check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                Trail& trail) override;
    Awaitable<Lookup> find(const LoginName& name, Detail detail, Deadline deadline, Trail& trail) override;
    void follow(std::shared_ptr<FeedSink> sink) override;
    Awaitable<Result<LockoutCount>> lockout_count(const Person& person, Deadline deadline, Trail& trail) override;
    std::vector<ServerHealth> health() const override { return link_.health(); }
    std::string_view kind() const override { return "active-directory"; }

private:
    // On the directory's thread:
    Awaitable<PasswordAnswer> check(const LoginName& name, const Secret& password, Detail detail, Deadline deadline,
                                    Trail& trail);
    Awaitable<Lookup> look_up(const LoginName& name, Detail detail, Deadline deadline, Trail& trail);
    Awaitable<Found> find_entry(const LoginName& name, Deadline deadline, Trail& trail);
    Awaitable<Result<LockoutCount>> count_lockout(const Person& person, Deadline deadline, Trail& trail);
    Awaitable<Result<void>> learn_root(Deadline deadline, Trail& trail);
    Awaitable<Result<void>> add_groups(Found& found, Deadline deadline, Trail& trail);
    const std::string& base() const { return settings_.base.empty() ? root_ : settings_.base; }

    const ActiveDirectorySettings settings_;
    std::string root_; // the domain's naming context, once a server has said it
    std::unique_ptr<AdFeed> feed_;
    std::unique_ptr<AdBindNames> bind_names_;
    std::unique_ptr<AdLockout> lockout_;
    LdapLink link_;
};

} // namespace gatehouse::directory
