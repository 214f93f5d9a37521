#include "store/attempts.hpp"

#include <algorithm>
#include <iterator>

namespace gatehouse::store
{

std::string Attempts::key_of(std::string_view realm, std::string_view id)
{
    return std::string(realm).append(1, '\0').append(id);
}

AttemptRow Attempts::row_of(const Person& person, const Entry& entry) const
{
    return {person.realm, person.id, writer_, entry.number, entry.state, entry.at, entry.ends, 0, {}};
}

Attempts::Person* Attempts::person_of(std::string_view realm, std::string_view id, WallTime now)
{
    if (entries_ >= most && (!swept_for_room_ || now - *swept_for_room_ >= std::chrono::seconds(10))) {
        swept_for_room_ = now; // a flood must not make every attempt look at all
        sweep_locked(now);
    }
    if (entries_ >= most)
        return nullptr;
    Person& person = people_[key_of(realm, id)];
    if (person.id.empty()) {
        person.realm = realm;
        person.id = id;
    }
    return &person;
}

std::optional<AttemptRow> Attempts::begin(const AttemptTerms& terms, WallTime now)
{
    const std::lock_guard lock(mutex_);
    Person* const person = person_of(terms.realm, terms.id, now);
    if (person == nullptr)
        return {};
    settle(*person, now);
    // If nobody ever tells its end, it was a wrong one that ended when it had to.
    const Entry& entry =
        person->entries.emplace_back(writer_, ++last_number_, State::under_way, milliseconds_of(terms.until),
                                     milliseconds_of(terms.until + terms.window));
    ++entries_;
    under_way_.emplace(entry.number, Own{key_of(terms.realm, terms.id), milliseconds_of(now), terms.window});
    return row_of(*person, entry);
}

std::optional<AttemptRow> Attempts::end(std::int64_t number, AttemptEnd how, WallTime now)
{
    const std::lock_guard lock(mutex_);
    const auto own = under_way_.extract(number);
    const auto found = own ? people_.find(own.mapped().key) : people_.end();
    if (found == people_.end())
        return {};
    Person& person = found->second;
    const auto entry = std::ranges::find_if(
        person.entries, [&](const Entry& each) { return each.writer == writer_ && each.number == number; });
    if (entry == person.entries.end())
        return {}; // it took so long that it was forgotten
    const bool right = how == AttemptEnd::right;
    entry->state = right ? State::right : how == AttemptEnd::wrong ? State::wrong : State::over;
    entry->at = right ? own.mapped().began : milliseconds_of(now);
    entry->ends = milliseconds_of(now + own.mapped().window);
    AttemptRow row = row_of(person, *entry);
    settle(person, now);
    return row;
}

std::optional<AttemptRow> Attempts::forget(std::string_view realm, std::string_view id, WallTime now)
{
    const std::lock_guard lock(mutex_);
    const auto found = people_.find(key_of(realm, id));
    if (found == people_.end())
        return {};
    Person& person = found->second;
    settle(person, now);
    std::int64_t ends = 0;
    for (const Entry& entry : person.entries)
        if (entry.state == State::wrong || entry.at < milliseconds_of(now))
            ends = std::max(ends, entry.ends);
    if (ends == 0)
        return {};
    const Entry& entry = person.entries.emplace_back(writer_, ++last_number_, State::right, milliseconds_of(now) + 1,
                                                     ends); // after what ended in this very millisecond
    ++entries_;
    AttemptRow row = row_of(person, entry);
    settle(person, now);
    return row;
}

Attempts::Before Attempts::before(std::int64_t number, WallTime since, WallTime now) const
{
    const std::lock_guard lock(mutex_);
    Before before;
    const auto whose = under_way_.find(number);
    const auto found = whose == under_way_.end() ? people_.end() : people_.find(whose->second.key);
    if (found == people_.end())
        return before;
    const std::vector<Entry>& entries = found->second.entries;
    const auto own = std::ranges::find_if(
        entries, [&](const Entry& each) { return each.writer == writer_ && each.number == number; });
    const std::int64_t place = own == entries.end() ? INT64_MAX : own->place;
    for (const Entry& entry : entries) {
        // Those of ours that have no place yet go by their number, unless this one has: then theirs will be later.
        const bool earlier = entry.place < place || (entry.place == place && entry.number < number);
        if (!earlier || entry.ends <= milliseconds_of(now))
            continue;
        before.wrong += entry.state == State::wrong && entry.at >= milliseconds_of(since);
        before.under_way += entry.state == State::under_way;
    }
    return before;
}

void Attempts::learn(const AttemptRow& row, WallTime now)
{
    const std::lock_guard lock(mutex_);
    const bool counts = row.state != State::over && row.ends > milliseconds_of(now);
    if (!counts && !people_.contains(key_of(row.realm, row.id)))
        return;
    Person* const person = person_of(row.realm, row.id, now);
    if (person == nullptr)
        return;
    const auto known = std::ranges::find_if(
        person->entries, [&](const Entry& each) { return each.writer == row.writer && each.number == row.number; });
    if (row.writer == writer_) {
        if (known != person->entries.end())
            known->place = row.place;
        return;
    }
    const Entry entry{row.writer, row.number, row.state, row.at, row.ends, row.place};
    if (known != person->entries.end()) {
        *known = entry;
    } else {
        person->entries.push_back(entry);
        ++entries_;
    }
    settle(*person, now);
}

/// Leaves what counts: the latest right one, and what ended or must end after it began.
void Attempts::settle(Person& person, WallTime now)
{
    std::int64_t right = INT64_MIN;
    for (const Entry& entry : person.entries)
        if (entry.state == State::right)
            right = std::max(right, entry.at);
    entries_ -= std::erase_if(person.entries, [&](const Entry& entry) {
        return entry.at < right || entry.state == State::over || entry.ends <= milliseconds_of(now);
    });
}

void Attempts::sweep(WallTime now)
{
    const std::lock_guard lock(mutex_);
    sweep_locked(now);
}

void Attempts::sweep_locked(WallTime now)
{
    for (auto each = people_.begin(); each != people_.end();) {
        settle(each->second, now);
        each = each->second.entries.empty() ? people_.erase(each) : std::next(each);
    }
}

std::size_t Attempts::size() const
{
    const std::lock_guard lock(mutex_);
    return entries_;
}

} // namespace gatehouse::store
