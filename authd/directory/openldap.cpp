#include "directory/openldap.hpp"

#include "base/text.hpp"
#include "directory/openldap_feed.hpp"
#include "directory/openldap_groups.hpp"
#include "directory/openldap_person.hpp"
#include "directory/openldap_policy.hpp"
#include "directory/server_names.hpp"
#include "directory/stranger.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace gatehouse::directory
{

namespace asio = boost::asio;

namespace
{
ServerRules rules_of(const OpenLdapSettings& settings)
{
    return {settings.realm, settings.tls, settings.bind, settings.timing, settings.servers.dns_server};
}

/// A policy's one answer "locked" stands for an account that is disabled, expired or locked; the entry says which. The
/// password was not looked at.
void tell_locks_apart(PasswordAnswer& answer, const AccountState& state)
{
    if (answer.reason != Reason::account_locked)
        return;
    answer.unproven = true;
    if (state.disabled)
        answer.reason = Reason::account_disabled;
    else if (state.expires && *state.expires <= std::chrono::system_clock::now())
        answer.reason = Reason::account_expired;
}

/// The directory has just accepted the password, so no lock holds.
void unlock(AccountState& state)
{
    state.locked = state.lock_may_have_ended = false;
}

/// True for names that a directory can only match as they are, or in another case: it also takes spaces and characters
/// outside ASCII for others that look alike (RFC 4518), and then the entry must say who it is.
bool is_canonical_but_for_case(std::string_view user)
{
    return std::ranges::all_of(user, [](char c) { return c > ' ' && c < '\x7f'; });
}
} // namespace

OpenLdap::OpenLdap(OpenLdapSettings settings, BlockingPool& network)
    : settings_(std::move(settings)),
      link_(network, rules_of(settings_), settings_.servers, ldap_records(settings_.servers))
{
}

Awaitable<PasswordAnswer> OpenLdap::check_password(const LoginName& name, const Secret& password, Detail detail,
                                                   Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    if (password.empty()) // a server would take it as an anonymous bind, and that succeeds
        co_return PasswordAnswer{.reason = Reason::empty_password};
    co_return co_await link_.run([&] {
        return settings_.dn_template.empty() ? check(name, password, detail, deadline, trail)
                                             : check_by_template(name, password, detail, deadline, trail);
    });
}

Awaitable<PasswordAnswer> OpenLdap::check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                      Trail& trail)
{
    const auto self = shared_from_this();
    if (password.empty())
        co_return PasswordAnswer{.reason = Reason::empty_password};
    co_return co_await link_.run([&]() -> Awaitable<PasswordAnswer> {
        PasswordAnswer answer =
            co_await bind_as(link_.client(), person.dn, password.view(), true, judge_bind, deadline, trail);
        tell_locks_apart(answer, person.state);
        co_return answer;
    });
}

void OpenLdap::follow(std::shared_ptr<FeedSink> sink)
{
    const auto feed = std::make_shared<OpenLdapFeed>(settings_, link_.thread(), link_.servers(), std::move(sink));
    asio::co_spawn(link_.thread().context(), [feed] { return feed->run(); }, [feed](const std::exception_ptr&) {});
}

Awaitable<Result<LockoutCount>> OpenLdap::lockout_count(const Person& person, Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    co_return co_await link_.run([&] { return count_lockout(person, deadline, trail); });
}

Awaitable<Lookup> OpenLdap::find(const LoginName& name, Detail detail, Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    co_return co_await link_.run([&] { return look_up(name, detail, deadline, trail); });
}

Awaitable<PasswordAnswer> OpenLdap::check(const LoginName& name, const Secret& password, Detail detail,
                                          Deadline deadline, Trail& trail)
{
    Found found = co_await find_entry(name, deadline, trail);
    switch (found.lookup.outcome) {
    case Lookup::Outcome::unavailable: co_return PasswordAnswer{found.lookup.reason, found.lookup.detail};
    case Lookup::Outcome::ambiguous: co_return PasswordAnswer{Reason::ambiguous_name, found.lookup.detail};
    case Lookup::Outcome::absent:
        co_return co_await turn_stranger_away(
            link_.client(), stranger_dn(settings_.name_attribute, settings_.people_base), true, deadline, trail);
    case Lookup::Outcome::found: break;
    }
    PasswordAnswer answer =
        co_await bind_as(link_.client(), found.entry.dn, password.view(), true, judge_bind, deadline, trail);
    tell_locks_apart(answer, found.lookup.person.state);
    if (answer.reason == Reason::granted) {
        unlock(found.lookup.person.state);
        if (detail == Detail::groups)
            co_await add_groups(found, deadline, trail); // without them, `known` says so
    }
    answer.person = std::move(found.lookup.person);
    co_return answer;
}

Awaitable<PasswordAnswer> OpenLdap::check_by_template(const LoginName& name, const Secret& password, Detail detail,
                                                      Deadline deadline, Trail& trail)
{
    const std::string dn = openldap_dn(settings_, name.user);
    PasswordAnswer answer = co_await bind_as(link_.client(), dn, password.view(), true, judge_bind, deadline, trail);
    if (is_outage(answer.reason) || answer.reason == Reason::unknown_person)
        co_return answer;
    answer.person = Person{.realm = settings_.realm, .name = text::lower(name.user), .dn = dn};
    answer.person->mailbox = answer.person->name;
    if (answer.reason != Reason::granted) {
        co_await explain_refusal(answer, deadline, trail);
        co_return answer;
    }
    const bool needs_entry = settings_.mailbox_is_address || !is_canonical_but_for_case(name.user);
    if (detail == Detail::name && !needs_entry)
        co_return answer;

    Found found = co_await read_entry(dn, deadline, trail);
    if (found.lookup.outcome != Lookup::Outcome::found) {
        if (needs_entry) // a guess would be somebody else's mailbox
            co_return PasswordAnswer{Reason::directory_unavailable,
                                     "the password is right, but the entry cannot be read, and without it the mailbox "
                                     "is not known" +
                                         (found.lookup.detail.empty() ? "" : ": " + found.lookup.detail)};
        co_return answer;
    }
    unlock(found.lookup.person.state);
    if (detail == Detail::groups)
        co_await add_groups(found, deadline, trail);
    answer.person = std::move(found.lookup.person);
    co_return answer;
}

Awaitable<void> OpenLdap::explain_refusal(PasswordAnswer& answer, Deadline deadline, Trail& trail)
{
    if (settings_.bind.dn.empty())
        co_return; // to an anonymous search most people do not exist
    Found found = co_await read_entry(answer.person->dn, deadline, trail);
    if (found.lookup.outcome == Lookup::Outcome::absent && answer.reason == Reason::wrong_password)
        answer = {.reason = Reason::unknown_person, .detail = "no entry has this name"};
    if (found.lookup.outcome != Lookup::Outcome::found)
        co_return;
    tell_locks_apart(answer, found.lookup.person.state);
    answer.person = std::move(found.lookup.person);
}

Awaitable<Lookup> OpenLdap::look_up(const LoginName& name, Detail detail, Deadline deadline, Trail& trail)
{
    Found found = settings_.dn_template.empty()
                      ? co_await find_entry(name, deadline, trail)
                      : co_await read_entry(openldap_dn(settings_, name.user), deadline, trail);
    if (found.lookup.outcome == Lookup::Outcome::found && detail == Detail::groups)
        if (const auto added = co_await add_groups(found, deadline, trail); !added)
            co_return Lookup{.outcome = Lookup::Outcome::unavailable,
                             .detail = added.error().text,
                             .reason = outage_of(added.error(), deadline)};
    co_return std::move(found.lookup);
}

Awaitable<Found> OpenLdap::find_entry(const LoginName& name, Deadline deadline, Trail& trail)
{
    const SearchRequest request{.base = settings_.people_base,
                                .filter = openldap_filter(settings_, name),
                                .attributes = openldap_attributes(settings_),
                                .max_entries = max_namesakes};
    auto answer = co_await link_.client().search(request, deadline, trail, {LDAP_SIZELIMIT_EXCEEDED});
    co_return judge_entries(
        std::move(answer), [this](const Entry& entry) { return openldap_person(settings_, entry); }, deadline, trail);
}

Awaitable<Found> OpenLdap::read_entry(const std::string& dn, Deadline deadline, Trail& trail)
{
    const SearchRequest request{.base = dn,
                                .scope = SearchRequest::Scope::base,
                                .filter = settings_.people_filter,
                                .attributes = openldap_attributes(settings_),
                                .max_entries = 1};
    auto answer =
        co_await link_.client().search(request, deadline, trail, {LDAP_NO_SUCH_OBJECT, LDAP_INVALID_DN_SYNTAX});
    co_return judge_entries(
        std::move(answer), [this](const Entry& entry) { return openldap_person(settings_, entry); }, deadline, trail);
}

Awaitable<Result<LockoutCount>> OpenLdap::count_lockout(const Person& person, Deadline deadline, Trail& trail)
{
    const auto entry =
        co_await read_base(person.dn, {"pwdFailureTime", "pwdAccountLockedTime", "pwdPolicySubentry"}, deadline, trail);
    if (!entry)
        co_return std::unexpected(entry.error());
    if (!*entry)
        co_return unavailable(trail.server + ": there is no " + person.dn);
    std::string policy_dn((*entry)->first("pwdPolicySubentry"));
    if (policy_dn.empty())
        policy_dn = settings_.policy_dn;
    std::optional<PasswordPolicy> policy;
    if (!policy_dn.empty()) {
        const auto found = co_await read_base(policy_dn, policy_attributes(), deadline, trail);
        if (!found)
            co_return std::unexpected(found.error());
        if (*found)
            policy = policy_from(**found);
    }
    LockoutCount count{.used = count_failures(policy, **entry, std::chrono::system_clock::now())};
    if (policy)
        count.policy = policy->lockout_policy;
    co_return count;
}

Awaitable<Result<std::optional<Entry>>> OpenLdap::read_base(const std::string& dn, std::vector<std::string> attributes,
                                                            Deadline deadline, Trail& trail)
{
    const SearchRequest request{
        .base = dn, .scope = SearchRequest::Scope::base, .attributes = std::move(attributes), .max_entries = 1};
    auto answer = co_await link_.client().search(request, deadline, trail, {LDAP_NO_SUCH_OBJECT});
    if (!answer)
        co_return std::unexpected(std::move(answer.error()));
    if (answer->entries.empty())
        co_return std::nullopt;
    co_return std::move(answer->entries.front());
}

Awaitable<Result<void>> OpenLdap::add_groups(Found& found, Deadline deadline, Trail& trail)
{
    auto groups = co_await find_openldap_groups(link_.client(), settings_, found.entry, deadline, trail);
    if (!groups) {
        trail.step("groups: " + groups.error().text);
        co_return std::unexpected(std::move(groups.error()));
    }
    if (trail.keep_steps)
        trail.step("searched " + trail.server + ": found " + std::to_string(groups->size()) + " groups");
    found.lookup.person.groups = std::move(*groups);
    found.lookup.person.known = Detail::groups;
    co_return Result<void>{};
}

} // namespace gatehouse::directory
