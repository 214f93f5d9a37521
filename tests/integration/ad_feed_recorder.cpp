#include "ad_feed_recorder.hpp"

#include <algorithm>

namespace gatehouse::integration
{

namespace
{
bool same(const PersonRecord& a, const PersonRecord& b)
{
    return a.person.name == b.person.name && a.person.dn == b.person.dn && a.person.upn == b.person.upn &&
           a.person.display_name == b.person.display_name && a.person.addresses == b.person.addresses &&
           a.person.state == b.person.state && a.person.password_version == b.person.password_version &&
           a.keys == b.keys && a.member_of == b.member_of;
}

bool same(const GroupRecord& a, const GroupRecord& b)
{
    return a.name == b.name && a.dn == b.dn && a.keys == b.keys && a.members == b.members;
}

bool share(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
    return std::ranges::find_first_of(a, b) != a.end();
}
} // namespace

void FeedRecorder::learn(RealmFacts facts)
{
    const std::lock_guard lock(mutex_);
    facts_ = std::move(facts);
}

void FeedRecorder::begin_sweep()
{
    const std::lock_guard lock(mutex_);
    untold_.clear();
    for (const auto& [id, record] : people_)
        untold_.insert(id);
    for (const auto& [id, record] : groups_)
        untold_.insert(id);
}

void FeedRecorder::take(Changes changes)
{
    const std::lock_guard lock(mutex_);
    const auto keep = [this](auto& records, auto& record, const std::string& id) {
        untold_.erase(id);
        const auto known = records.find(id);
        if (known != records.end() && same(known->second, record))
            return;
        ++news_;
        records[id] = std::move(record);
    };
    for (PersonRecord& record : changes.people)
        keep(people_, record, std::string(record.person.id));
    for (GroupRecord& record : changes.groups)
        keep(groups_, record, std::string(record.id));
    for (const std::string& id : changes.gone)
        news_ += people_.erase(id) + groups_.erase(id);
}

void FeedRecorder::end_sweep(Deadline)
{
    const std::lock_guard lock(mutex_);
    for (const std::string& id : untold_)
        news_ += people_.erase(id) + groups_.erase(id);
    untold_.clear();
    ++sweeps_;
}

void FeedRecorder::report(FeedState state)
{
    const std::lock_guard lock(mutex_);
    was_away_ = was_away_ || (state_.live && !state.live);
    state_ = std::move(state);
}

RealmFacts FeedRecorder::facts() const
{
    const std::lock_guard lock(mutex_);
    return facts_;
}

FeedState FeedRecorder::state() const
{
    const std::lock_guard lock(mutex_);
    return state_;
}

const PersonRecord* FeedRecorder::find(const std::string& name) const
{
    const auto found = std::ranges::find_if(people_, [&](const auto& one) { return one.second.person.name == name; });
    return found == people_.end() ? nullptr : &found->second;
}

std::optional<Person> FeedRecorder::person(const std::string& name) const
{
    const std::lock_guard lock(mutex_);
    const PersonRecord* const record = find(name);
    return record == nullptr ? std::nullopt : std::optional(record->person);
}

std::set<std::string> FeedRecorder::groups_of(const std::string& name) const
{
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    const PersonRecord* const record = find(name);
    if (record == nullptr)
        return names;
    std::vector<std::string> keys = record->keys; // of the person and of each group found
    std::vector<std::string> above = record->member_of;
    for (bool grown = true; grown;) {
        grown = false;
        for (const auto& [id, group] : groups_) {
            if (names.contains(group.name) || !(share(group.members, keys) || share(group.keys, above)))
                continue;
            names.insert(group.name);
            keys.insert(keys.end(), group.keys.begin(), group.keys.end());
            grown = true;
        }
    }
    return names;
}

std::size_t FeedRecorder::members_of(const std::string& group) const
{
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(groups_, [&](const auto& one) { return one.second.name == group; });
    return found == groups_.end() ? 0 : found->second.members.size();
}

std::size_t FeedRecorder::sweeps() const
{
    const std::lock_guard lock(mutex_);
    return sweeps_;
}

std::size_t FeedRecorder::news()
{
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, 0);
}

bool FeedRecorder::was_away()
{
    const std::lock_guard lock(mutex_);
    return std::exchange(was_away_, false);
}

} // namespace gatehouse::integration
