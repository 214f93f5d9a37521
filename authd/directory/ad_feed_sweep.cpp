#include "directory/ad_feed.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "directory/ad_person.hpp"
#include "directory/ad_record.hpp"

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr std::string_view all_groups = "(objectClass=group)";
constexpr int share_of_sweeps = 10; // one part of the time in so many
constexpr auto look_again = 60s;    // whether Deleted Objects can still be read
/// GUID_DELETED_OBJECTS_CONTAINER, MS-ADTS section 6.1.1.4
constexpr std::string_view deleted_objects = "18E2EA80684F11D2B9AA00C04F79F805";
} // namespace

Awaitable<Result<void>> AdFeed::sweep()
{
    const Deadline began = Clock::now();
    if (!complete_) {
        const auto usn = co_await reader_->highest_usn();
        if (!usn)
            co_return std::unexpected(usn.error());
        cursor_ = *usn; // before the first entry is read: what changes meanwhile is read again
    }
    if (auto learnt = co_await learn_policies(); !learnt)
        co_return learnt;
    sweep_at_ = Deadline::max(); // a reason for another may come meanwhile
    const Deadline since = changes().since;
    sink_->begin_sweep();
    known_.clear();
    people_told_ = 0;
    if (auto told = co_await tell_people(settings_.people_filter, nullptr); !told)
        co_return told;
    if (people_told_ == 0) // a base that is wrong or may not be read shall not turn everybody away
        co_return unavailable(state_.server + ": finds nobody in \"" + people_base() + "\" with the filter " +
                              settings_.people_filter);
    if (auto told = co_await tell_groups(std::string(all_groups), nullptr); !told)
        co_return told;
    if (auto polled = co_await poll(); !polled)
        co_return polled;
    sink_->end_sweep(since);
    if (!std::exchange(complete_, true))
        log::info("realm {}: people: {} read from {} in {} ms", settings_.realm, people_told_, state_.server,
                  std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count());
    report_live();
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::learn_policies()
{
    const auto domain = co_await reader_->entry({.base = reader_->root(), .attributes = ad_domain_policy_attributes()});
    if (!domain)
        co_return std::unexpected(domain.error());
    std::vector<Entry> fine_grained;
    AdReader::Search search(*reader_, {.base = reader_->root(),
                                       .filter = "(objectClass=msDS-PasswordSettings)",
                                       .attributes = ad_fine_grained_attributes()});
    while (!search.done()) {
        auto page = co_await search.next();
        if (!page)
            co_return std::unexpected(std::move(page.error()));
        std::ranges::move(*page, std::back_inserter(fine_grained));
    }
    AdPolicies policies = ad_policies(*domain ? **domain : Entry{}, fine_grained);
    if (policies != policies_)
        sweep_at_ = std::min(sweep_at_, Clock::now()); // it decides about locks and expiry of everybody
    policies_ = std::move(policies);

    RealmFacts facts{.lockout = policies_.lockout,
                     .old_password_period = settings_.old_password_period,
                     .qualified_names_any_suffix = false,
                     .own_suffixes = {dns_domain(reader_->root())}};
    for (const std::string& suffix : settings_.upn_suffixes)
        facts.own_suffixes.push_back(text::lower(suffix));
    sink_->learn(std::move(facts));
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::tell_people(std::string filter, AdIds* sought)
{
    AdReader::Search search(
        *reader_, {.base = people_base(), .filter = std::move(filter), .attributes = ad_person_attributes(settings_)});
    while (!search.done()) {
        const auto page = co_await search.next();
        if (!page)
            co_return std::unexpected(page.error());
        Changes told = changes();
        for (const Entry& entry : *page) {
            auto record = ad_person_record(settings_, policies_, entry, std::chrono::system_clock::now());
            if (!record)
                continue;
            note(entry, sought);
            told.people.push_back(std::move(*record));
        }
        people_told_ += sought == nullptr ? told.people.size() : 0;
        if (!told.people.empty())
            sink_->take(std::move(told));
        if (sought == nullptr)
            if (auto polled = co_await poll_when_due(); !polled)
                co_return polled;
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::tell_groups(std::string filter, AdIds* sought)
{
    AdReader::Search search(*reader_, {.base = reader_->root(),
                                       .filter = std::move(filter),
                                       .attributes = ad_group_attributes(),
                                       .dns_with_ids = true});
    while (!search.done()) {
        const auto page = co_await search.next();
        if (!page)
            co_return std::unexpected(page.error());
        Changes told = changes();
        for (const Entry& entry : *page) {
            auto record = ad_group_record(entry);
            if (!record)
                continue;
            if (auto completed = co_await complete_members(*record, entry); !completed)
                co_return completed;
            note(entry, sought);
            told.groups.push_back(std::move(*record));
        }
        if (!told.groups.empty())
            sink_->take(std::move(told));
        if (sought == nullptr)
            if (auto polled = co_await poll_when_due(); !polled)
                co_return polled;
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::complete_members(GroupRecord& group, const Entry& entry)
{
    std::size_t from = next_range(entry, "member");
    while (from != 0) {
        const auto more = co_await reader_->entry(
            {.base = "<GUID=" + group.id + '>', .attributes = {range_from("member", from)}, .dns_with_ids = true});
        if (!more)
            co_return std::unexpected(more.error());
        if (!*more)
            break; // deleted meanwhile, which the next look tells
        add_member_ids(**more, group.members);
        const std::size_t next = next_range(**more, "member");
        from = next > from ? next : 0;
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::look_for_deleted_objects()
{
    const auto container =
        co_await reader_->entry({.base = "<WKGUID=" + std::string(deleted_objects) + ',' + reader_->root() + '>',
                                 .attributes = {"isDeleted"},
                                 .deleted_too = true});
    if (!container)
        co_return std::unexpected(container.error());
    const bool shown =
        *container && !(*container)->first("isDeleted").empty(); // its name alone may show without rights
    const bool changed = std::exchange(deletions_shown_, shown) != shown;
    deletions_at_ = Clock::now() + (shown ? look_again : settings_.deletions_interval);
    if (!complete_)
        co_return Result<void>{}; // everybody is told next
    if (!shown && changed)
        sweep_at_ = std::min(sweep_at_, Clock::now()); // from now on, it must be known who has been told
    else if (!shown || changed)
        co_return co_await sweep_ids();
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::sweep_ids()
{
    const Deadline began = Clock::now();
    AdIds missing = known_;
    missing_ = &missing;
    auto seen = co_await tick_off(people_base(), settings_.people_filter, missing);
    if (seen)
        seen = co_await tick_off(reader_->root(), std::string(all_groups), missing);
    if (seen)
        seen = co_await poll(); // a rename may have slipped through between two pages
    missing_ = nullptr;
    if (!seen)
        co_return seen;
    // A server that needs long for it shall not be at it all the time: Samba reads a thousand ids in a second.
    const auto took = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - began);
    const auto rest = std::max<std::chrono::milliseconds>(settings_.deletions_interval, share_of_sweeps * took);
    deletions_at_ = began + rest;
    deletions_bound_ = rest + took + state_.bound;
    if (!missing.empty() && missing.size() == known_.size())
        co_return unavailable(state_.server + ": shows none of the " + std::to_string(known_.size()) +
                              " people and groups any more");
    std::vector<std::string> gone;
    for (const AdId& id : missing) {
        known_.erase(id);
        gone.push_back(guid_text(bytes_of(id)));
    }
    tell_gone(std::move(gone));
    if (deletions_shown_)
        known_.clear();
    co_return Result<void>{};
}

Awaitable<Result<void>> AdFeed::tick_off(std::string base, std::string filter, AdIds& missing)
{
    AdReader::Search search(*reader_,
                            {.base = std::move(base), .filter = std::move(filter), .attributes = {"objectGUID"}});
    while (!search.done()) {
        const auto page = co_await search.next();
        if (!page)
            co_return std::unexpected(page.error());
        for (const Entry& entry : *page)
            if (const auto id = ad_id(entry.first("objectGUID")))
                missing.erase(*id);
        if (auto polled = co_await poll_when_due(); !polled)
            co_return polled;
    }
    co_return Result<void>{};
}

void AdFeed::note(const Entry& entry, AdIds* sought)
{
    const auto id = ad_id(entry.first("objectGUID"));
    if (!id)
        return;
    if (sought != nullptr)
        sought->erase(*id);
    if (missing_ != nullptr)
        missing_->erase(*id);
    if (!deletions_shown_)
        known_.insert(*id);
}

const std::string& AdFeed::people_base() const
{
    return settings_.base.empty() ? reader_->root() : settings_.base;
}

} // namespace gatehouse::directory
