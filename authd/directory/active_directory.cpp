#include "directory/active_directory.hpp"

#include "directory/ad_groups.hpp"
#include "directory/ad_person.hpp"
#include "directory/server_names.hpp"
#include "directory/stranger.hpp"

namespace gatehouse::directory
{

namespace
{
ServerRules rules_of(const ActiveDirectorySettings& settings)
{
    return {settings.realm, settings.tls, settings.bind, settings.timing, settings.servers.dns_server};
}

BindVerdict judge(const BindResponse& response)
{
    return judge_ad_bind(response.result);
}
} // namespace

ActiveDirectory::ActiveDirectory(ActiveDirectorySettings settings, BlockingPool& network)
    : settings_(std::move(settings)),
      link_(network, rules_of(settings_), settings_.servers, domain_controller_records(settings_.servers))
{
    bind_names_ = std::make_unique<AdBindNames>(settings_, link_.thread(), link_.servers(), link_.client());
    lockout_ = std::make_unique<AdLockout>(link_.servers(), link_.client());
}

Awaitable<PasswordAnswer> ActiveDirectory::check_password(const LoginName& name, const Secret& password, Detail detail,
                                                          Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    if (password.empty()) // a domain controller takes it as an anonymous bind, and that succeeds
        co_return PasswordAnswer{.reason = Reason::empty_password};
    co_return co_await link_.run([&] { return check(name, password, detail, deadline, trail); });
}

Awaitable<PasswordAnswer> ActiveDirectory::check_password_of(const Person& person, const Secret& password,
                                                             Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    if (password.empty())
        co_return PasswordAnswer{.reason = Reason::empty_password};
    co_return co_await link_.run([&] {
        return bind_as(link_.client(), bind_names_->of(person), password.view(), false, judge, deadline, trail);
    });
}

void ActiveDirectory::follow(std::shared_ptr<FeedSink> sink)
{
    DirectoryThread& thread = link_.thread();
    feed_ = std::make_unique<AdFeed>(settings_, thread, link_.servers(), std::move(sink));
    boost::asio::co_spawn(thread.context(), feed_->run(), boost::asio::detached);
    boost::asio::co_spawn(thread.context(), feed_->watch(), boost::asio::detached);
    boost::asio::co_spawn(thread.context(), bind_names_->run(), boost::asio::detached);
}

Awaitable<Result<LockoutCount>> ActiveDirectory::lockout_count(const Person& person, Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    co_return co_await link_.run([&] { return count_lockout(person, deadline, trail); });
}

Awaitable<Lookup> ActiveDirectory::find(const LoginName& name, Detail detail, Deadline deadline, Trail& trail)
{
    const auto self = shared_from_this();
    co_return co_await link_.run([&] { return look_up(name, detail, deadline, trail); });
}

Awaitable<PasswordAnswer> ActiveDirectory::check(const LoginName& name, const Secret& password, Detail detail,
                                                 Deadline deadline, Trail& trail)
{
    Found found = co_await find_entry(name, deadline, trail);
    switch (found.lookup.outcome) {
    case Lookup::Outcome::unavailable: co_return PasswordAnswer{found.lookup.reason, found.lookup.detail};
    case Lookup::Outcome::ambiguous: co_return PasswordAnswer{Reason::ambiguous_name, found.lookup.detail};
    case Lookup::Outcome::absent:
        co_return co_await turn_stranger_away(link_.client(), stranger_dn("CN", base()), false, deadline, trail);
    case Lookup::Outcome::found: break;
    }
    PasswordAnswer answer =
        co_await bind_as(link_.client(), found.entry.dn, password.view(), false, judge, deadline, trail);
    if (answer.reason == Reason::granted) {
        found.lookup.person.state.locked = false; // the directory has just decided that
        if (detail == Detail::groups)
            co_await add_groups(found, deadline, trail); // without them, `known` says so
    }
    answer.person = std::move(found.lookup.person);
    co_return answer;
}

Awaitable<Lookup> ActiveDirectory::look_up(const LoginName& name, Detail detail, Deadline deadline, Trail& trail)
{
    Found found = co_await find_entry(name, deadline, trail);
    if (found.lookup.outcome == Lookup::Outcome::found && detail == Detail::groups)
        if (const auto added = co_await add_groups(found, deadline, trail); !added)
            co_return Lookup{.outcome = Lookup::Outcome::unavailable,
                             .detail = added.error().text,
                             .reason = outage_of(added.error(), deadline)};
    co_return std::move(found.lookup);
}

Awaitable<Found> ActiveDirectory::find_entry(const LoginName& name, Deadline deadline, Trail& trail)
{
    if (auto learnt = co_await learn_root(deadline, trail); !learnt)
        co_return Found{{.outcome = Lookup::Outcome::unavailable,
                         .detail = learnt.error().text,
                         .reason = outage_of(learnt.error(), deadline)}};
    const SearchRequest request{.base = base(),
                                .filter = ad_filter(settings_, root_, name),
                                .attributes = ad_attributes(settings_),
                                .max_entries = max_namesakes};
    auto answer = co_await link_.client().search(request, deadline, trail, {LDAP_SIZELIMIT_EXCEEDED});
    co_return judge_entries(
        std::move(answer), [this](const Entry& entry) { return ad_person(settings_, entry); }, deadline, trail);
}

Awaitable<Result<void>> ActiveDirectory::learn_root(Deadline deadline, Trail& trail)
{
    if (!root_.empty())
        co_return Result<void>{};
    const SearchRequest request{
        .base = "", .scope = SearchRequest::Scope::base, .attributes = {"defaultNamingContext"}};
    const auto answer = co_await link_.client().search(request, deadline, trail);
    if (!answer)
        co_return std::unexpected(answer.error());
    if (answer->entries.empty() || answer->entries.front().first("defaultNamingContext").empty())
        co_return unavailable(trail.server + ": its rootDSE has no defaultNamingContext: it is no domain controller");
    root_ = answer->entries.front().first("defaultNamingContext");
    co_return Result<void>{};
}

Awaitable<Result<LockoutCount>> ActiveDirectory::count_lockout(const Person& person, Deadline deadline, Trail& trail)
{
    if (auto learnt = co_await learn_root(deadline, trail); !learnt)
        co_return std::unexpected(std::move(learnt.error()));
    co_return co_await lockout_->count(person, root_, deadline, trail);
}

Awaitable<Result<void>> ActiveDirectory::add_groups(Found& found, Deadline deadline, Trail& trail)
{
    auto groups = co_await find_ad_groups(link_.client(), root_, found.entry, deadline, trail);
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
