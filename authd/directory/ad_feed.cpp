#include "directory/ad_feed.hpp"

#include "base/log.hpp"
#include "directory/ad_person.hpp"
#include "directory/ldap_handle.hpp"

#include <algorithm>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr auto bound = 2000ms; // what is promised
constexpr auto longest_back_off = 2000ms;
constexpr auto watch_interval = 200ms;
constexpr auto settled = 5s; // a better server must have been usable for so long: changing costs a sweep
constexpr std::size_t few = 50;

std::string numbers_above(std::uint64_t usn)
{
    return "(uSNChanged>=" + std::to_string(usn + 1) + ')';
}

/// Finds again what has changed. A few are named: Samba searches long for numbers (75 ms among 3,000 entries).
std::string filter_for(const AdChanged& changed)
{
    if (changed.present.size() > few)
        return numbers_above(changed.above);
    std::string any;
    for (const AdId& id : changed.present)
        any += "(objectGUID=" + escape_filter(bytes_of(id)) + ')';
    return "(|" + any + ')';
}
} // namespace

AdFeed::AdFeed(const ActiveDirectorySettings& settings, DirectoryThread& thread, ServerSet& servers,
               std::shared_ptr<FeedSink> sink)
    : settings_(settings), thread_(thread), servers_(servers), sink_(std::move(sink))
{
    state_.bound = bound;
    deletions_bound_ = settings.deletions_interval + bound;
}

Awaitable<void> AdFeed::run()
{
    auto back_off = settings_.feed_interval;
    while (!thread_.stopping()) {
        const auto server = co_await servers_.choose({}, Clock::now() + bound);
        if (thread_.stopping())
            break;
        const Deadline before = read_from_;
        const auto ended = server ? co_await follow(server) : unavailable(servers_.why_none());
        reader_.reset();
        if (thread_.stopping())
            break;
        report_failure(ended.error());
        back_off = read_from_ > before ? settings_.feed_interval : std::min(2 * back_off, longest_back_off);
        co_await pause_until(Clock::now() + back_off);
    }
}

Awaitable<void> AdFeed::watch()
{
    Deadline better_since = Deadline::max();
    while (!thread_.stopping()) {
        co_await pause_until(Clock::now() + watch_interval);
        const Deadline now = Clock::now();
        if (state_.live && now - read_from_ > bound)
            report_failure({ErrorKind::deadline,
                            state_.server + ": has not said for " + std::to_string(bound.count()) + " ms what is new"});
        if (!reader_)
            continue;
        const auto usable = servers_.usable();
        const bool follows_best = usable.empty() || usable.front().get() == &reader_->server();
        better_since = follows_best ? Deadline::max() : std::min(better_since, now);
        if (!reader_->server().usable())
            reader_->close("it was left");
        else if (now - settled >= better_since)
            reader_->close(usable.front()->name() + " is preferred and has come back");
    }
}

Awaitable<Result<void>> AdFeed::follow(std::shared_ptr<LdapServer> server)
{
    auto reader = co_await AdReader::open(std::move(server), settings_.timing);
    if (!reader)
        co_return std::unexpected(std::move(reader.error()));
    reader_ = std::move(*reader);
    if (reader_->invocation() != invocation_) {
        invocation_ = reader_->invocation();
        complete_ = false;
    }
    deletions_at_ = Clock::now();
    state_.server = reader_->server().name();
    while (!thread_.stopping()) {
        if (Clock::now() >= deletions_at_)
            if (auto looked = co_await look_for_deleted_objects(); !looked)
                co_return looked;
        auto done = !complete_ || Clock::now() >= sweep_at_ ? co_await sweep() : co_await poll();
        if (!done)
            co_return done;
        co_await pause_until(next_poll_);
    }
    co_return unavailable("the directory is shutting down");
}

Awaitable<Result<void>> AdFeed::poll()
{
    const Deadline began = Clock::now();
    next_poll_ = began + settings_.feed_interval;
    const auto usn = co_await reader_->highest_usn();
    if (!usn)
        co_return std::unexpected(usn.error());
    if (*usn < cursor_) {
        complete_ = false;
        co_return unavailable(state_.server + ": its update numbers went back: it has been restored");
    }
    if (*usn > cursor_)
        if (auto read = co_await read_changes(cursor_); !read)
            co_return read;
    cursor_ = *usn;
    read_from_ = began;
    if (complete_)
        report_live();
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::poll_when_due()
{
    if (complete_ && Clock::now() >= next_poll_)
        co_return co_await poll();
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::read_changes(std::uint64_t above)
{
    auto changed = co_await find_changed(above);
    if (!changed)
        co_return std::unexpected(std::move(changed.error()));
    if (changed->containers)
        sweep_at_ = std::min(sweep_at_, Clock::now());
    if (changed->groups && !policies_.fine_grained.empty()) // who is in a group may decide which of them holds
        sweep_at_ = std::min<Deadline>(sweep_at_, Clock::now() + 60s);
    if (changed->policies)
        if (auto learnt = co_await learn_policies(); !learnt)
            co_return learnt;
    if (!changed->present.empty())
        if (auto told = co_await tell_again(*changed); !told)
            co_return told;
    std::vector<std::string> gone = std::move(changed->deleted);
    for (const AdId& id : changed->present)
        gone.push_back(guid_text(bytes_of(id)));
    tell_gone(std::move(gone));
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::tell_again(AdChanged& changed)
{
    // What is found is at least as new as what said that it has changed. What is not found is nobody of the realm.
    const std::string these = filter_for(changed);
    auto told = co_await tell_people("(&" + settings_.people_filter + these + ')', &changed.present);
    if (told && changed.groups)
        told = co_await tell_groups("(&(objectClass=group)" + these + ')', &changed.present);
    co_return told;
}

Awaitable<Result<AdChanged>> AdFeed::find_changed(std::uint64_t above)
{
    AdReader::Search search(*reader_, {.base = reader_->root(),
                                       .filter = numbers_above(above),
                                       .attributes = ad_changed_attributes(),
                                       .deleted_too = deletions_shown_});
    AdChanged changed(above);
    while (!search.done()) {
        const auto page = co_await search.next();
        if (!page)
            co_return std::unexpected(page.error());
        for (const Entry& entry : *page)
            changed.add(entry);
    }
    co_return changed;
}

void AdFeed::tell_gone(std::vector<std::string> ids)
{
    if (ids.empty())
        return;
    Changes told = changes();
    told.gone = std::move(ids);
    sink_->take(std::move(told));
}

Changes AdFeed::changes() const
{
    return {.since = complete_ ? read_from_ : Deadline{}, .server = state_.server};
}

void AdFeed::report_live()
{
    state_.live = true;
    state_.away = false;
    state_.read_from = read_from_;
    state_.bound_for_deletions = deletions_shown_ ? bound : deletions_bound_;
    state_.cursor = "usn " + std::to_string(cursor_) + " of " + invocation_;
    state_.trouble = deletions_shown_
                         ? ""
                         : "deletions are seen up to " +
                               std::to_string(std::chrono::ceil<std::chrono::seconds>(deletions_bound_).count()) +
                               " s late, since the account that searches may not read Deleted Objects: "
                               "config/active-directory/delegate.ps1 grants it";
    sink_->report(state_);
}

void AdFeed::report_failure(const Error& error)
{
    if (state_.live || state_.trouble != error.text)
        log::warn("realm {}: people: {}", settings_.realm, error.text);
    state_.live = false;
    state_.away = servers_.usable().empty();
    state_.trouble = error.text;
    sink_->report(state_);
}

Awaitable<void> AdFeed::pause_until(Deadline moment)
{
    Waiter waiter(thread_);
    co_await waiter.wait(moment);
}

} // namespace gatehouse::directory
