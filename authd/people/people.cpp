#include "people/people.hpp"

#include "base/text.hpp"
#include "people/climb.hpp"
#include "people/stored_group.hpp"
#include "people/stored_person.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <tuple>

namespace gatehouse::people
{

namespace
{
bool has(const auto& list, const auto& value)
{
    return std::ranges::find(list, value) != list.end();
}

void add_once(std::vector<PersonRef>& found, const PersonRef& person)
{
    if (!has(found, person))
        found.push_back(person);
}
} // namespace

std::uint32_t People::hash_of(std::string_view name)
{
    const std::uint64_t hash = std::hash<std::string_view>{}(name);
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

const PersonRef* People::person_at(Place place) const
{
    const auto at = people_.with(place);
    return at.empty() ? nullptr : &at.front().person;
}

const std::shared_ptr<const StoredGroup>* People::group_at(Place place) const
{
    const auto at = groups_.with(place);
    return at.empty() ? nullptr : &at.front().group;
}

std::optional<Place> People::place_of(std::string_view id) const
{
    for (const NameAt& at : ids_.with(hash_of(id)))
        if ((*person_at(at.place))->id() == id)
            return at.place;
    return {};
}

bool People::means_short_name(std::string_view suffix) const
{
    return facts_->qualified_names_any_suffix || suffix.find('.') == std::string_view::npos ||
           has(facts_->own_suffixes, suffix);
}

People::Found People::find(const LoginName& name) const
{
    if (name.form != LoginName::Form::sid && name.user.starts_with(sid_form))
        return {}; // an identifier is no name that anybody may type
    std::vector<PersonRef> found;
    const auto look = [&](const SharedTrie<NameAt>& index, const std::string& lower, auto matches) {
        for (const NameAt& at : index.with(hash_of(lower)))
            if (const PersonRef& person = *person_at(at.place); ((*person).*matches)(lower))
                add_once(found, person);
    };
    const bool qualified = name.form == LoginName::Form::qualified;
    if (!qualified || means_short_name(name.qualifier))
        look(short_names_, text::lower(name.user), &StoredPerson::has_short_name);
    if (name.form == LoginName::Form::down_level || qualified) {
        const std::string whole = text::lower(name.given);
        look(short_names_, whole, &StoredPerson::has_short_name);
        if (qualified)
            look(addresses_, whole, &StoredPerson::has_address);
    }
    if (found.size() == 1)
        return {.one = std::move(found.front())};
    Found answer;
    for (const PersonRef& person : found)
        answer.several.emplace_back(person->name());
    std::ranges::sort(answer.several);
    return answer;
}

bool People::decides(const LoginName& name)
{
    return std::ranges::all_of(name.given, [](char c) { return c > ' ' && c <= '~'; });
}

PersonRef People::with_id(std::string_view id) const
{
    const auto place = place_of(id);
    return place ? *person_at(*place) : nullptr;
}

std::vector<std::string> People::ids() const
{
    std::vector<std::string> ids;
    ids.reserve(size_);
    people_.for_each([&](const PersonAt& at) { ids.emplace_back(at.person->id()); });
    return ids;
}

Person People::describe(const StoredPerson& stored, Detail detail) const
{
    Person person = std::move(stored.record().person);
    person.realm = realm_;
    if (detail != Detail::groups)
        return person;
    person.known = Detail::groups;
    Climb climb(*this);
    climb.from(stored, [&](std::span<Climb::Step> level) {
        std::ranges::sort(level, {},
                          [](const Climb::Step& step) { return std::tie(step.group->lower_name, step.group->id); });
        for (const Climb::Step& step : level) {
            Membership& membership = person.groups.emplace_back(step.group->name, step.group->dn);
            if (step.below != Climb::the_person) {
                const Membership& below = person.groups[step.below];
                membership.via = below.via;
                membership.via.push_back(below.group);
            }
        }
        return true;
    });
    return person;
}

std::optional<std::string> People::first_group_of(const StoredPerson& person,
                                                  const std::set<std::string, std::less<>>& wanted) const
{
    const StoredGroup* first = nullptr;
    const auto order = [](const StoredGroup& group) { return std::tie(group.lower_name, group.id); };
    Climb climb(*this);
    climb.from(person, [&](std::span<Climb::Step> level) {
        for (const Climb::Step& step : level)
            if (wanted.contains(step.group->lower_name) && (first == nullptr || order(*step.group) < order(*first)))
                first = step.group;
        return first == nullptr;
    });
    return first == nullptr ? std::nullopt : std::optional(first->name);
}

} // namespace gatehouse::people
