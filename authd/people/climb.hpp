#pragma once

#include "people/people.hpp"
#include "people/stored_group.hpp"
#include "people/stored_person.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

namespace gatehouse::people
{

/// A walk up through the groups of one person, level by level; each group is seen once. Used once.
class Climb
{
public:
    static constexpr std::size_t the_person = std::numeric_limits<std::size_t>::max();
    struct Step {
        const StoredGroup* group;
        std::size_t below; ///< the step that led here, counted over all levels; or the_person
    };

    explicit Climb(const People& people) : people_(people) {}

    /// Calls `level(std::span<Step>)` with the groups that are equally far from the person, nearest first, for as long
    /// as it returns true. It may bring them into another order: their parents come in that order, too.
    template <class Level>
    void from(const StoredPerson& person, Level level)
    {
        person.for_each_group([&](Place group) { add(group, the_person); });
        for (std::size_t first = 0, last = steps_.size(); first < last; first = std::exchange(last, steps_.size())) {
            if (!level(std::span(steps_).subspan(first, last - first)))
                return;
            for (std::size_t below = first; below < last; ++below)
                for (const Place parent : steps_[below].group->parents)
                    add(parent, below);
        }
    }

private:
    void add(Place place, std::size_t below)
    {
        const auto* const group = people_.group_at(place);
        if (group != nullptr && !seen(group->get()))
            steps_.push_back({group->get(), below});
    }

    /// Few groups are compared one by one.
    bool seen(const StoredGroup* group)
    {
        constexpr std::size_t few = 48;
        if (steps_.size() < few)
            return std::ranges::any_of(steps_, [&](const Step& step) { return step.group == group; });
        if (many_.empty())
            for (const Step& step : steps_)
                many_.insert(step.group);
        return !many_.insert(group).second;
    }

    const People& people_;
    boost::container::small_vector<Step, 32> steps_;
    boost::unordered_flat_set<const StoredGroup*> many_;
};

} // namespace gatehouse::people
