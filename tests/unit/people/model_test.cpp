#include "people/mirror.hpp"

#include "records.hpp"

#include <map>
#include <random>
#include <set>

using namespace gatehouse;
using namespace gatehouse::people;

// Random changes to a small campus, told to a mirror one by one, must leave it as a mirror that is told the result.

namespace
{
class RandomCampus
{
public:
    explicit RandomCampus(unsigned seed) : random_(seed) {}

    /// Some objects change, come or go; told as a feed would.
    Changes change()
    {
        Changes changes{.since = at_second(static_cast<int>(below(100))), .server = "dc1"};
        for (std::size_t i = 1 + below(4); i > 0; --i) {
            const std::string name = "p" + std::to_string(below(25));
            forget(name, changes);
            if (below(4) == 0)
                leave(people_, name, changes);
            else
                changes.people.push_back(people_["id-" + name] = some_person(name));
        }
        for (std::size_t i = below(3); i > 0; --i) {
            const std::string name = "g" + std::to_string(below(12));
            forget(name, changes);
            if (below(4) == 0)
                leave(groups_, name, changes);
            else
                changes.groups.push_back(groups_["id-" + name] = some_group(name));
        }
        return changes;
    }

    Changes everything()
    {
        Changes all{.since = at_second(1), .server = "dc1"};
        for (const auto& [id, record] : people_)
            all.people.push_back(record);
        for (const auto& [id, record] : groups_)
            all.groups.push_back(record);
        std::ranges::shuffle(all.people, random_);
        std::ranges::shuffle(all.groups, random_);
        return all;
    }

    bool chance(std::size_t one_in) { return below(one_in) == 0; }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    /// In one Changes an object is told once: as gone, or as it is.
    static void forget(const std::string& name, Changes& changes)
    {
        const std::string id = "id-" + name;
        std::erase(changes.gone, id);
        std::erase_if(changes.groups, [&](const GroupRecord& group) { return group.id == id; });
        std::erase_if(changes.people, [&](const PersonRecord& record) { return record.person.id == id; });
    }

    template <class Records>
    static void leave(Records& records, const std::string& name, Changes& changes)
    {
        const std::string id = "id-" + name;
        records.erase(id);
        changes.gone.push_back(id); // perhaps of nobody
    }

    std::vector<std::string> some_keys(std::size_t most)
    {
        std::vector<std::string> keys;
        for (std::size_t i = below(most + 1); i > 0; --i)
            keys.push_back((chance(2) ? "p" : "g") + std::to_string(below(chance(2) ? 12 : 30)));
        return keys;
    }

    PersonRecord some_person(const std::string& name)
    {
        PersonRecord record = person(name, some_keys(3));
        if (chance(5))
            record.person.name = "p" + std::to_string(below(25)); // perhaps somebody else's
        if (chance(4))
            record.other_names = {"P" + std::to_string(below(25))};
        if (chance(4))
            record.person.upn = "p" + std::to_string(below(25)) + "@campus.example";
        record.person.addresses = {"x" + std::to_string(below(5)) + "@campus.example"};
        if (chance(4))
            record.keys = some_keys(2);
        record.person.mailbox = record.person.name;
        return record;
    }

    GroupRecord some_group(const std::string& name)
    {
        GroupRecord record = group(name, some_keys(6), some_keys(1));
        if (chance(4))
            record.name = "G" + std::to_string(below(12));
        if (chance(4))
            record.keys = some_keys(2);
        return record;
    }

    std::mt19937 random_;
    std::map<std::string, PersonRecord> people_;
    std::map<std::string, GroupRecord> groups_;
};

/// All that can be asked of the campus, as text by person; names of nobody's own under "".
std::map<std::string, std::string> all_answers(const People& people)
{
    std::map<std::string, std::string> answers;
    const auto ask = [&](const std::string& login) { answers[""] += login + '=' + who(people, login) + '\n'; };
    for (int i = 0; i < 30; ++i) {
        const std::string name = "p" + std::to_string(i);
        ask(name);
        ask(name + "@campus.example");
        ask(name + "@elsewhere.example");
        ask("x" + std::to_string(i) + "@campus.example");
        const auto stored = people.with_id("id-" + name);
        if (!stored)
            continue;
        const Person person = people.describe(*stored, Detail::groups);
        std::string& answer = answers[person.id] = person.name + ' ' + person.upn;
        std::set<std::string, std::less<>> lower;
        for (const Membership& membership : person.groups) {
            answer += '\n' + membership.group + ' ' + membership.dn;
            for (const std::string& via : membership.via)
                answer += '<' + via;
        }
        for (int g = 0; g < 12; ++g)
            answer += '\n' + people.first_group_of(*stored, {"g" + std::to_string(g)}).value_or("-");
        answer += '\n' + people.first_group_of(*stored, {"g1", "g2", "g3", "g4"}).value_or("-");
    }
    answers["count"] = std::to_string(people.size()) + ' ' + std::to_string(people.group_count());
    return answers;
}

/// Whose answers differ.
std::set<std::string> differing(const std::map<std::string, std::string>& a,
                                const std::map<std::string, std::string>& b)
{
    std::set<std::string> ids;
    for (const auto& [id, answer] : a)
        if (const auto other = b.find(id); other == b.end() || other->second != answer)
            ids.insert(id);
    for (const auto& [id, answer] : b)
        if (!a.contains(id))
            ids.insert(id);
    ids.erase("");
    ids.erase("count");
    return ids;
}
} // namespace

TEST_CASE("changes one by one leave what a sweep of the result gives, and are told to watchers")
{
    const unsigned seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
    CAPTURE(seed);
    RandomCampus campus(seed);
    Mirror mirror("CAMPUS");
    sweep(mirror, {});
    std::set<std::string> told;
    const auto watch =
        mirror.watch([&](const Mirror::Change& change) { told.insert(change.ids.begin(), change.ids.end()); });

    auto before = all_answers(*mirror.people());
    for (int step = 0; step < 150; ++step) {
        CAPTURE(step);
        told.clear();
        const auto snapshot = mirror.people();
        mirror.take(campus.change());
        if (campus.chance(10)) {
            const Changes all = campus.everything();
            sweep(mirror, all.people, all.groups);
        }
        REQUIRE(all_answers(*snapshot) == before);

        Mirror fresh("CAMPUS");
        const Changes all = campus.everything();
        sweep(fresh, all.people, all.groups);
        const auto now = all_answers(*mirror.people());
        REQUIRE(now == all_answers(*fresh.people()));
        for (const std::string& id : differing(before, now)) {
            CAPTURE(id);
            REQUIRE(told.contains(id));
        }
        before = now;
    }
}
