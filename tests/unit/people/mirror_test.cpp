#include "people/mirror.hpp"

#include "records.hpp"

#include <thread>

using namespace gatehouse;
using namespace gatehouse::people;
using namespace std::chrono_literals;

namespace
{
PersonRecord with_version(std::string version, bool must_change = false)
{
    PersonRecord record = person("alice");
    record.person.password_version = std::move(version);
    record.person.state.must_change_password = must_change;
    return record;
}

Changes later(PersonRecord record, int second, std::string server = "dc1")
{
    return {.people = {std::move(record)}, .since = at_second(second), .server = std::move(server)};
}

PersonRef alice(const Mirror& mirror)
{
    return mirror.people()->with_id("id-alice");
}
} // namespace

TEST_CASE("there are no people before the end of the first sweep")
{
    Mirror mirror("CAMPUS");
    CHECK_FALSE(mirror.people());
    mirror.take(of_people({person("alice")}));
    mirror.begin_sweep();
    mirror.take(of_people({person("bob")}));
    CHECK_FALSE(mirror.people());
    mirror.end_sweep(at_second(1));
    REQUIRE(mirror.people());
    CHECK(who(*mirror.people(), "bob") == "bob");
    CHECK(who(*mirror.people(), "alice") == "nobody"); // was not told in the sweep
}

TEST_CASE("an empty directory has nobody, which is known after its sweep")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {});
    REQUIRE(mirror.people());
    CHECK(mirror.people()->size() == 0);
}

TEST_CASE("sweeps and what the feed tells are counted")
{
    Mirror mirror("CAMPUS");
    CHECK(mirror.sweeps() == 0);
    sweep(mirror, {person("alice"), person("bob")}, {group("staff")});
    CHECK(mirror.sweeps() == 1);
    CHECK(mirror.changes() == 3);
    mirror.begin_sweep();
    CHECK(mirror.sweeps() == 1); // it may fail
    mirror.take(of_people({person("alice")}));
    mirror.end_sweep(at_second(2));
    CHECK(mirror.sweeps() == 2);
    mirror.take({.gone = {"id-alice"}});
    CHECK(mirror.changes() == 5);
}

TEST_CASE("a later sweep lets nobody vanish before its end")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("alice", {"staff"}), person("bob", {"staff"})}, {group("staff"), group("lab")});
    mirror.begin_sweep();
    CHECK(mirror.people()->size() == 2);
    mirror.take(of_people({person("alice", {"staff"}), person("carol")}));
    CHECK(who(*mirror.people(), "carol") == "carol"); // holds at once
    CHECK(groups_of(*mirror.people(), "bob") == Texts{"staff"});
    CHECK(groups_of(*mirror.people(), "alice") == Texts{"staff"});
    mirror.take(of_groups({group("staff")}));
    mirror.end_sweep(at_second(2));
    CHECK(who(*mirror.people(), "bob") == "nobody");
    CHECK(groups_of(*mirror.people(), "alice") == Texts{"staff"});
    CHECK(mirror.people()->size() == 2);
    CHECK(mirror.people()->group_count() == 1);
    mirror.end_sweep(at_second(3)); // without a beginning: nothing
    CHECK(mirror.people()->size() == 2);
}

TEST_CASE("a sweep that begins anew forgets what the one before had told")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("alice"), person("bob")});
    mirror.begin_sweep();
    mirror.take(of_people({person("alice")}));
    mirror.begin_sweep();
    mirror.take(of_people({person("bob")}));
    mirror.end_sweep(at_second(2));
    CHECK(who(*mirror.people(), "alice") == "nobody");
    CHECK(who(*mirror.people(), "bob") == "bob");
}

TEST_CASE("people come, change their names, go and come back")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("alice")}, {group("staff", {"bob"})});
    mirror.take(of_people({person("bob")}));
    CHECK(groups_of(*mirror.people(), "bob") == Texts{"staff"});

    PersonRecord renamed = person("bob");
    renamed.person.name = "robert";
    renamed.person.addresses = {"bob@campus.example"};
    mirror.take(of_people({renamed}));
    CHECK(who(*mirror.people(), "bob") == "nobody");
    CHECK(who(*mirror.people(), "robert") == "robert");
    CHECK(who(*mirror.people(), "bob@campus.example") == "robert");

    mirror.take(of_gone({"id-bob"}));
    CHECK(who(*mirror.people(), "robert") == "nobody");
    CHECK(who(*mirror.people(), "bob@campus.example") == "nobody");
    CHECK_FALSE(mirror.people()->with_id("id-bob"));

    mirror.take(of_people({person("carol"), person("bob")}));
    CHECK(who(*mirror.people(), "bob") == "bob");
    CHECK(groups_of(*mirror.people(), "bob") == Texts{"staff"});
    CHECK(groups_of(*mirror.people(), "carol") == Texts{});
}

TEST_CASE("an old snapshot stays as it was, and shares what did not change")
{
    Mirror mirror("CAMPUS");
    std::vector<PersonRecord> many;
    for (int i = 0; i < 2000; ++i)
        many.push_back(person("p" + std::to_string(i), {"staff"}));
    sweep(mirror, many, {group("staff")});
    const auto before = mirror.people();

    PersonRecord changed = person("p7");
    changed.person.state.disabled = true;
    mirror.take({.people = {changed}, .groups = {group("staff", {"p8"})}, .gone = {"id-p9"}, .since = at_second(2)});
    const auto after = mirror.people();

    CHECK_FALSE(before->with_id("id-p7")->state().disabled);
    CHECK(groups_of(*before, "p7") == Texts{"staff"});
    CHECK(who(*before, "p9") == "p9");
    CHECK(before->size() == 2000);
    CHECK(after->with_id("id-p7")->state().disabled);
    CHECK(groups_of(*after, "p7") == Texts{});
    CHECK(who(*after, "p9") == "nobody");
    CHECK(after->size() == 1999);
    for (const std::string name : {"p0", "p8", "p1999"})
        CHECK(before->with_id("id-" + name) == after->with_id("id-" + name));
}

TEST_CASE("a change that leaves everything equal makes no snapshot and calls nobody")
{
    Mirror mirror("CAMPUS");
    const GroupRecord staff = group("staff", {"alice", "x"}, {"all"});
    sweep(mirror, {person("alice", {"lab"})}, {staff, group("all")});
    int calls = 0;
    const auto watch = mirror.watch([&](const Mirror::Change&) { ++calls; });
    const auto before = mirror.people();

    mirror.take({.people = {person("alice", {"lab"})}, .groups = {staff}, .gone = {"nobody"}, .since = at_second(9)});
    mirror.take({});
    sweep(mirror, {person("alice", {"lab"})}, {staff, group("all")});
    CHECK(mirror.people() == before);
    CHECK(calls == 0);
}

TEST_CASE("the version of a password moves when the directory tells another one")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {with_version("1")});
    CHECK(alice(mirror)->password_version() == "1");
    CHECK(alice(mirror)->password_move() == PasswordMove{Deadline::min(), false, ""}); // first sight

    mirror.take(later(with_version("2"), 5, "dc2"));
    CHECK(alice(mirror)->password_version() == "2");
    CHECK(alice(mirror)->password_move() == PasswordMove{at_second(5), true, "dc2"});

    PersonRecord other_change = with_version("2");
    other_change.person.display_name = "Alice";
    mirror.take(later(other_change, 9));
    CHECK(alice(mirror)->password_move() == PasswordMove{at_second(5), true, "dc2"}); // stays
}

TEST_CASE("a version that is not told is the one that was known")
{
    Mirror mirror("CAMPUS");
    PersonRecord told = with_version("1");
    told.person.password_changed = WallTime(1h);
    sweep(mirror, {told});

    mirror.take(later(with_version("", true), 5)); // Active Directory: pwdLastSet 0
    CHECK(alice(mirror)->state().must_change_password);
    CHECK(alice(mirror)->password_version() == "1");
    CHECK(alice(mirror)->password_changed() == WallTime(1h));
    CHECK(alice(mirror)->password_move().since == Deadline::min());

    SECTION("taken back without a new password")
    {
        mirror.take(later(with_version("2"), 6));
        CHECK(alice(mirror)->password_move() == PasswordMove{at_second(6), false, "dc1"});
        mirror.take(later(with_version("3"), 7));
        CHECK(alice(mirror)->password_move() == PasswordMove{at_second(7), true, "dc1"});
    }
    SECTION("the very version that was known")
    {
        mirror.take(later(with_version("1"), 6));
        CHECK(alice(mirror)->password_move().since == Deadline::min());
        CHECK_FALSE(alice(mirror)->state().must_change_password);
    }
}

TEST_CASE("a version that was not known before moves, without being certain")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {with_version("")});
    mirror.take(later(with_version("1"), 5));
    CHECK(alice(mirror)->password_move() == PasswordMove{at_second(5), false, "dc1"});
}

TEST_CASE("a version moves in a sweep as in any change, and is forgotten with the person")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {with_version("1")});
    mirror.begin_sweep();
    mirror.take(later(with_version("2"), 5));
    mirror.end_sweep(at_second(5));
    CHECK(alice(mirror)->password_move() == PasswordMove{at_second(5), true, "dc1"});
    mirror.take(of_gone({"id-alice"}));
    mirror.take(later(with_version("3"), 6));
    CHECK(alice(mirror)->password_move() == PasswordMove{});
}

TEST_CASE("the feed's last report is the mirror's state")
{
    Mirror mirror("CAMPUS");
    CHECK_FALSE(mirror.state()->live);
    mirror.report({.live = true, .read_from = at_second(3), .server = "dc1", .cursor = "12"});
    CHECK(mirror.state()->live);
    CHECK(mirror.state()->read_from == at_second(3));
    CHECK(mirror.state()->cursor == "12");
    mirror.report({.away = true});
    CHECK_FALSE(mirror.state()->live);
    CHECK(mirror.state()->away);
}

TEST_CASE("readers find people while a feed changes them")
{
    Mirror mirror("CAMPUS");
    std::vector<PersonRecord> many;
    for (int i = 0; i < 300; ++i)
        many.push_back(person("p" + std::to_string(i), {"staff"}));
    sweep(mirror, many, {group("staff", {}, {"all"}), group("all")});

    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    const auto read = [&] {
        while (!stop) {
            const auto people = mirror.people();
            const auto found = people->find(parse_login_name("p7@campus.example").value());
            if (!found.one || people->describe(*found.one, Detail::groups).groups.size() != 2 ||
                people->first_group_of(*found.one, {"all"}) != "all" || mirror.state()->cursor.size() > 4)
                ++wrong;
        }
    };
    std::thread one(read);
    std::thread two(read);
    for (int i = 0; i < 500; ++i) {
        PersonRecord changed = person("p" + std::to_string(i % 300), {"staff"});
        changed.person.display_name = std::to_string(i);
        mirror.take({.people = {changed}, .groups = {group("new" + std::to_string(i % 10), {"p8"})}});
        mirror.take(of_gone({"id-new" + std::to_string((i + 5) % 10), "id-p" + std::to_string(8 + i % 200)}));
        mirror.report({.cursor = std::to_string(i)});
    }
    stop = true;
    one.join();
    two.join();
    CHECK(wrong == 0);
}
