#pragma once

#include "directory/answers.hpp"
#include "directory/ldap_link.hpp"
#include "directory/settings.hpp"
#include "identity/directory.hpp"

#include <memory>

namespace gatehouse::directory
{

/// A realm whose people live in OpenLDAP or another directory after RFC 4511. Verifies a password by binding as the
/// person, whose DN is found by a search or made from a template. To be held by a shared_ptr: every call keeps it
/// alive, and its end, wherever it comes, waits for its thread.
class OpenLdap final : public Directory, public std::enable_shared_from_this<OpenLdap>
{
public:
    /// `network` outlives it.
    OpenLdap(OpenLdapSettings settings, BlockingPool& network);

    Awaitable<PasswordAnswer> check_password(const LoginName& name, const Secret& password, Detail detail,
                                             Deadline deadline, Trail& trail) override;
    Awaitable<PasswordAnswer> check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                Trail& trail) override;
    Awaitable<Lookup> find(const LoginName& name, Detail detail, Deadline deadline, Trail& trail) override;
    void follow(std::shared_ptr<FeedSink> sink) override;
    Awaitable<Result<LockoutCount>> lockout_count(const Person& person, Deadline deadline, Trail& trail) override;
    std::vector<ServerHealth> health() const override { return link_.health(); }
    std::string_view kind() const override { return "openldap"; }

private:
    // On the directory's thread:
    Awaitable<PasswordAnswer> check(const LoginName& name, const Secret& password, Detail detail, Deadline deadline,
                                    Trail& trail);
    Awaitable<PasswordAnswer> check_by_template(const LoginName& name, const Secret& password, Detail detail,
                                                Deadline deadline, Trail& trail);
    /// Of a bind by template only the answer is known: the entry says whether there is such a person, and who.
    Awaitable<void> explain_refusal(PasswordAnswer& answer, Deadline deadline, Trail& trail);
    Awaitable<Lookup> look_up(const LoginName& name, Detail detail, Deadline deadline, Trail& trail);
    Awaitable<Found> find_entry(const LoginName& name, Deadline deadline, Trail& trail);
    Awaitable<Found> read_entry(const std::string& dn, Deadline deadline, Trail& trail);
    Awaitable<Result<LockoutCount>> count_lockout(const Person& person, Deadline deadline, Trail& trail);
    /// One entry; nothing when there is none.
    Awaitable<Result<std::optional<Entry>>> read_base(const std::string& dn, std::vector<std::string> attributes,
                                                      Deadline deadline, Trail& trail);
    Awaitable<Result<void>> add_groups(Found& found, Deadline deadline, Trail& trail);

    const OpenLdapSettings settings_;
    LdapLink link_;
};

} // namespace gatehouse::directory
