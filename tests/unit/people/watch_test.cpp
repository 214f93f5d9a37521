#include "people/mirror.hpp"

#include "records.hpp"

#include <optional>
#include <thread>

using namespace gatehouse;
using namespace gatehouse::people;

namespace
{
/// Hears a mirror and keeps what it heard last.
class Ear
{
public:
    explicit Ear(Mirror& mirror) : watch_(mirror.watch([this](const Mirror::Change& change) { heard_ = change; })) {}

    /// The ids without "id-", or "everybody", or "nothing".
    Texts heard()
    {
        const auto change = std::exchange(heard_, {});
        if (!change)
            return {"nothing"};
        if (change->everybody)
            return {"everybody"};
        Texts names;
        for (const std::string& id : change->ids)
            names.push_back(id.substr(3));
        return sorted(names);
    }

private:
    std::optional<Mirror::Change> heard_;
    std::shared_ptr<void> watch_;
};

PersonRecord disabled(const std::string& name)
{
    PersonRecord record = person(name);
    record.person.state.disabled = true;
    return record;
}
} // namespace

TEST_CASE("watchers hear who came, changed and is gone")
{
    Mirror mirror("CAMPUS");
    Ear ear(mirror);
    sweep(mirror, {person("alice"), person("bob")});
    CHECK(ear.heard() == Texts{"everybody"});
    mirror.take(of_people({person("alice"), disabled("bob"), person("carol")}));
    CHECK(ear.heard() == Texts{"bob", "carol"});
    mirror.take(of_gone({"id-bob", "id-nobody"}));
    CHECK(ear.heard() == Texts{"bob"});
    mirror.begin_sweep();
    mirror.take(of_people({disabled("alice")}));
    CHECK(ear.heard() == Texts{"alice"});
    mirror.end_sweep(at_second(2));
    CHECK(ear.heard() == Texts{"carol"});
}

TEST_CASE("watchers hear of the snapshot that has the change")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("alice")});
    bool seen = false;
    const auto watch =
        mirror.watch([&](const Mirror::Change&) { seen = mirror.people()->with_id("id-alice")->state().disabled; });
    mirror.take(of_people({disabled("alice")}));
    CHECK(seen);
}

TEST_CASE("watchers hear of everybody whose groups changed")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("alice"), person("bob", {"lab"}), person("carol")},
          {group("team", {"alice"}), group("lab", {"team"}), group("loop", {"lab", "top"}), group("top", {"loop"})});
    Ear ear(mirror);

    GroupRecord renamed = group("lab", {"team"});
    renamed.name = "Laboratory";
    mirror.take(of_groups({renamed}));
    CHECK(ear.heard() == Texts{"alice", "bob"});
    mirror.take(of_groups({group("all", {"top"})})); // came above a loop
    CHECK(ear.heard() == Texts{"alice", "bob"});
    mirror.take(of_groups({group("team", {"alice", "carol"})}));
    CHECK(ear.heard() == Texts{"carol"});
    mirror.take(of_groups({group("empty", {"nobody"})}));
    CHECK(ear.heard() == Texts{"nothing"});
    mirror.take(of_gone({"id-top"}));
    CHECK(ear.heard() == Texts{"alice", "bob", "carol"});
    mirror.take(of_gone({"id-team"}));
    CHECK(ear.heard() == Texts{"alice", "carol"});
    mirror.take(of_gone({"id-lab"}));
    CHECK(ear.heard() == Texts{"bob"});
}

TEST_CASE("more than a thousand people are told as everybody")
{
    Mirror mirror("CAMPUS");
    std::vector<PersonRecord> many;
    std::vector<std::string> names;
    for (int i = 0; i < 1001; ++i)
        many.push_back(person(names.emplace_back("p" + std::to_string(i))));
    sweep(mirror, many);
    Ear ear(mirror);

    mirror.take(of_groups({group("thousand", {names.begin(), names.end() - 1})}));
    CHECK(ear.heard().size() == 1000);
    mirror.take(of_groups({group("all", {names.begin(), names.end()})}));
    CHECK(ear.heard() == Texts{"everybody"});
    mirror.take(of_groups({group("top", {"all"})}));
    CHECK(ear.heard() == Texts{"everybody"});
    mirror.take(of_people({disabled("p5")}));
    CHECK(ear.heard() == Texts{"p5"});
}

TEST_CASE("a watcher is not called after its handle is gone, and may end itself")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("alice")});
    int first = 0;
    int second = 0;
    auto one = mirror.watch([&](const Mirror::Change&) { ++first; });
    std::shared_ptr<void> two;
    two = mirror.watch([&](const Mirror::Change&) {
        ++second;
        two.reset();
    });
    mirror.take(of_people({disabled("alice")}));
    one.reset();
    mirror.take(of_people({person("alice")}));
    CHECK(first == 1);
    CHECK(second == 1);
}

TEST_CASE("a handle may outlive the mirror")
{
    std::shared_ptr<void> handle;
    {
        Mirror mirror("CAMPUS");
        handle = mirror.watch([](const Mirror::Change&) {});
    }
    handle.reset();
}

TEST_CASE("watchers come and go on any thread")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("alice")});
    std::atomic<bool> stop = false;
    std::atomic<int> late = 0;
    std::thread visitor([&] {
        while (!stop) {
            std::atomic<bool> here = true;
            auto watch = mirror.watch([&](const Mirror::Change&) {
                if (!here)
                    ++late;
            });
            watch.reset();
            here = false;
        }
    });
    for (int i = 0; i < 2000; ++i)
        mirror.take(of_people({i % 2 == 0 ? disabled("alice") : person("alice")}));
    stop = true;
    visitor.join();
    CHECK(late == 0);
}
