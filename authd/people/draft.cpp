#include "people/draft.hpp"

#include "base/text.hpp"
#include "people/stored_group.hpp"

#include <algorithm>
#include <iterator>

namespace gatehouse::people
{

namespace
{
void mark(std::vector<bool>& marks, Place place)
{
    if (place >= marks.size())
        marks.resize(place + 1);
    marks[place] = true;
}

bool is_marked(const std::vector<bool>& marks, Place place)
{
    return place < marks.size() && marks[place];
}

/// What is known of the password after `before` and what the directory says now.
void keep_password_version(PersonRecord& record, PasswordMove& move, const StoredPerson& before, const Changes& told)
{
    Person& person = record.person;
    if (person.password_version.empty()) { // not told now: what was known holds
        person.password_version = before.password_version();
        if (!person.password_changed)
            person.password_changed = before.password_changed();
        return;
    }
    if (person.password_version == before.password_version())
        return;
    const bool certain = !before.password_version().empty() && !before.state().must_change_password;
    move = {.since = told.since, .certain = certain, .server = told.server};
}
} // namespace

void Draft::learn(RealmFacts facts)
{
    if (facts == *people_.facts_)
        return;
    people_.facts_ = std::make_shared<const RealmFacts>(std::move(facts));
    differs_ = true;
}

void Draft::apply(const Changes& changes)
{
    for (const std::string& id : changes.gone) {
        if (const auto person = people_.place_of(id))
            remove_person(*person);
        if (const auto group = group_ids_.find(id); group != group_ids_.end())
            remove_group(group->second);
    }
    for (const GroupRecord& group : changes.groups)
        put(group);
    for (const PersonRecord& person : changes.people)
        put(person, changes);
}

void Draft::begin_sweep()
{
    sweeping_ = true;
    told_people_.clear();
    told_groups_.clear();
}

void Draft::end_sweep()
{
    if (!std::exchange(sweeping_, false))
        return;
    for (Place place = 0; place < person_places_; ++place)
        if (!is_marked(told_people_, place) && people_.person_at(place) != nullptr)
            remove_person(place);
    for (Place place = 0; place < group_places_; ++place)
        if (!is_marked(told_groups_, place) && people_.group_at(place) != nullptr)
            remove_group(place);
    told_people_ = {};
    told_groups_ = {};
}

Place Draft::place_for(const PersonRecord& record)
{
    if (const auto known = people_.place_of(record.person.id))
        return *known;
    if (free_places_.empty())
        return person_places_++;
    const Place place = free_places_.back();
    free_places_.pop_back();
    return place;
}

void Draft::put(const PersonRecord& told_record, const Changes& told)
{
    const Place place = place_for(told_record);
    const Node node = Node::person(place);
    links_.say(node, {.keys = told_record.keys, .members = {}, .member_of = told_record.member_of}, touched_);

    const PersonRef* const before = people_.person_at(place);
    PersonRecord record = told_record;
    StoredPerson::Observed observed;
    if (before != nullptr) {
        observed = (*before)->observed();
        keep_password_version(record, observed.move, **before, told);
    }
    const PersonRef now = StoredPerson::make(record, observed);
    if (before == nullptr || **before != *now)
        set_person(place, now);
    if (sweeping_)
        mark(told_people_, place);
}

void Draft::put(const GroupRecord& record)
{
    const auto [known, is_new] = group_ids_.try_emplace(record.id, group_places_);
    if (is_new)
        ++group_places_;
    const Place place = known->second;
    const Node node = Node::group(place);
    links_.say(node, {.keys = record.keys, .members = record.members, .member_of = record.member_of}, touched_);
    const auto* const before = people_.group_at(place);
    set_group(place, {.id = record.id,
                      .name = record.name,
                      .lower_name = text::lower(record.name),
                      .dn = record.dn,
                      .parents = before == nullptr ? std::vector<Place>() : (*before)->parents});
    if (sweeping_)
        mark(told_groups_, place);
}

void Draft::remove_person(Place place)
{
    links_.say(Node::person(place), {}, touched_);
    set_person(place, nullptr);
    free_places_.push_back(place);
}

void Draft::remove_group(Place place)
{
    links_.say(Node::group(place), {}, touched_);
    group_ids_.erase((*people_.group_at(place))->id);
    people_.groups_.erase(edition_, place, [](const auto&) { return true; });
    --people_.group_count_;
    differs_ = true; // of the people below, each has lost a direct group, or one between them and it has
}

void Draft::settle()
{
    std::vector<Node> nodes(touched_.begin(), touched_.end());
    touched_ = {};
    std::ranges::sort(nodes, {}, &Node::number); // neighbours share leaves
    for (const Node node : nodes)
        relink(node);
}

void Draft::relink(Node node)
{
    if (node.is_group != 0) {
        if (const auto* const group = people_.group_at(node.place)) {
            StoredGroup linked = **group;
            linked.parents = links_.above(node);
            set_group(node.place, std::move(linked));
        }
    } else if (const PersonRef* const person = people_.person_at(node.place)) {
        StoredPerson::Observed observed = (*person)->observed();
        std::vector<Place> groups = links_.above(node);
        if (groups == observed.groups)
            return;
        observed.groups = std::move(groups);
        set_person(node.place, StoredPerson::make((*person)->record(), observed));
    }
}

void Draft::set_person(Place place, const PersonRef& person)
{
    const PersonRef* const at = people_.person_at(place);
    const PersonRef before = at == nullptr ? nullptr : *at;
    note_person(person ? person->id() : before->id());
    index(place, before.get(), person.get());
    if (!before)
        ++people_.size_;
    if (person) {
        people_.people_.put(edition_, {place, person});
    } else {
        people_.people_.erase(edition_, place, [](const auto&) { return true; });
        --people_.size_;
    }
    differs_ = true;
}

void Draft::set_group(Place place, StoredGroup group)
{
    const auto* const before = people_.group_at(place);
    if (before != nullptr && **before == group)
        return;
    if (before == nullptr)
        ++people_.group_count_;
    people_.groups_.put(edition_, {place, std::make_shared<const StoredGroup>(std::move(group))});
    changed_groups_.insert(place);
    differs_ = true;
}

/// Brings the names of a person up to date. Two names of a person with one hash have one entry.
void Draft::index(Place place, const StoredPerson* before, const StoredPerson* now)
{
    using Hashes = std::vector<std::uint32_t>;
    const auto update = [&](SharedTrie<People::NameAt>& trie, auto names_of) {
        const auto hashes_of = [&](const StoredPerson* person) {
            Hashes hashes;
            if (person != nullptr)
                names_of(*person, [&](std::string_view name) { hashes.push_back(People::hash_of(text::lower(name))); });
            std::ranges::sort(hashes);
            hashes.erase(std::ranges::unique(hashes).begin(), hashes.end());
            return hashes;
        };
        const Hashes old_hashes = hashes_of(before);
        const Hashes new_hashes = hashes_of(now);
        Hashes differ;
        std::ranges::set_difference(old_hashes, new_hashes, std::back_inserter(differ));
        for (const std::uint32_t hash : differ)
            trie.erase(edition_, hash, [&](const People::NameAt& at) { return at.place == place; });
        differ.clear();
        std::ranges::set_difference(new_hashes, old_hashes, std::back_inserter(differ));
        for (const std::uint32_t hash : differ)
            trie.insert(edition_, {hash, place});
    };
    update(people_.short_names_, [](const StoredPerson& person, auto add) {
        add(person.name());
        std::ranges::for_each(person.other_names(), add);
    });
    update(people_.addresses_,
           [](const StoredPerson& person, auto add) { std::ranges::for_each(person.addresses(), add); });
    if (before == nullptr)
        people_.ids_.insert(edition_, {People::hash_of(now->id()), place});
    if (now == nullptr)
        people_.ids_.erase(edition_, People::hash_of(before->id()),
                           [&](const People::NameAt& at) { return at.place == place; });
}

void Draft::note_person(std::string_view id)
{
    if (changed_people_.size() > max_told)
        everybody_ = true;
    else
        changed_people_.emplace(id);
}

std::optional<std::vector<std::string>> Draft::changed_people() const
{
    auto ids = changed_people_;
    auto groups = changed_groups_;
    std::vector<Place> next(groups.begin(), groups.end());
    const auto visit = [&](Node member) {
        if (member.is_group != 0) {
            if (groups.insert(member.place).second)
                next.push_back(member.place);
        } else if (const PersonRef* const person = people_.person_at(member.place)) {
            ids.emplace((*person)->id());
        }
        return ids.size() <= max_told;
    };
    while (!everybody_ && !next.empty() && ids.size() <= max_told) {
        const Place group = next.back();
        next.pop_back();
        links_.below(group, visit);
    }
    if (everybody_ || ids.size() > max_told)
        return {};
    return std::vector<std::string>(ids.begin(), ids.end());
}

std::shared_ptr<const People> Draft::publish()
{
    ++edition_; // what there is now belongs to the snapshot as well
    differs_ = everybody_ = false;
    changed_people_.clear();
    changed_groups_.clear();
    return std::make_shared<const People>(people_);
}

} // namespace gatehouse::people
