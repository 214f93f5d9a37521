#pragma once

#include "identity/feed.hpp"
#include "people/links.hpp"
#include "people/people.hpp"
#include "people/stored_person.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::people
{

/// The next snapshot in the making: takes what a feed tells, and makes a People of it when asked. What differs from the
/// snapshot before is worked on, the rest is shared with it. Used by one thread.
class Draft
{
public:
    /// More people than this are told as `everybody`.
    static constexpr std::size_t max_told = 1000;

    explicit Draft(std::string realm) : people_(std::move(realm)) {}

    void learn(RealmFacts facts);
    void begin_sweep();
    void apply(const Changes& changes);
    /// Removes what was not told since begin_sweep; without one, nothing.
    void end_sweep();

    /// Brings everybody's direct groups up to date with what was told; before any of the following. Left to the end
    /// where nobody looks before, as in a first sweep.
    void settle();
    /// Something differs from the last snapshot.
    bool differs() const { return differs_; }
    /// Whose record or effective groups differ from the last snapshot, who came and who is gone, each once; nothing:
    /// more than can be told. A little too many where groups changed without effect.
    std::optional<std::vector<std::string>> changed_people() const;
    /// The snapshot. What `changed_people` tells begins anew.
    std::shared_ptr<const People> publish();

private:
    void put(const PersonRecord& record, const Changes& told);
    void put(const GroupRecord& record);
    void remove_person(Place place);
    void remove_group(Place place);
    void relink(Node node);
    void set_person(Place place, const PersonRef& person);
    void set_group(Place place, StoredGroup group);
    void index(Place place, const StoredPerson* before, const StoredPerson* now);
    Place place_for(const PersonRecord& record);
    void note_person(std::string_view id);

    People people_;
    Edition edition_ = 1;
    Links links_;
    std::vector<Place> free_places_; // of people
    Place person_places_ = 0;        // given so far
    Place group_places_ = 0;
    std::unordered_map<std::string, Place> group_ids_;

    Links::Nodes touched_; // whose direct groups may have changed
    bool differs_ = false;
    bool everybody_ = false;                                // too many people changed
    boost::unordered_flat_set<std::string> changed_people_; // ids
    boost::unordered_flat_set<Place> changed_groups_;       // whose name or parents changed

    bool sweeping_ = false;
    std::vector<bool> told_people_; // by place
    std::vector<bool> told_groups_;
};

} // namespace gatehouse::people
