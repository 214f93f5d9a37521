#include "edge/stores.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace gatehouse;
using namespace gatehouse::edge;
using namespace std::chrono_literals;

namespace
{

Person person(std::string name, std::string mail_host = {}, std::string group = {})
{
    Person made{.realm = "CAMPUS", .name = name, .id = "id-of-" + name};
    made.mail_host = std::move(mail_host);
    if (!group.empty())
        made.groups.push_back({.group = std::move(group)});
    return made;
}

Settings pool_of_three()
{
    Settings settings;
    for (const char* name : {"one", "two", "three"})
        settings.stores.push_back({.name = name, .endpoints = {{Protocol::imap, {"127.0.0.1", 143}}}});
    settings.placement = {{.by = PlacementRule::By::mail_host},
                          {.by = PlacementRule::By::group, .group = "CAMPUS\\staff", .stores = {"two"}},
                          {.by = PlacementRule::By::everyone, .stores = {"one", "two", "three"}}};
    return settings;
}

std::vector<std::string> names(const Placement& placement, const Person& person, std::string* told = nullptr)
{
    std::string why;
    std::vector<std::string> out;
    for (const auto& store : placement.stores_of(Protocol::imap, person, Clock::now(), why))
        out.push_back(store->name());
    if (told != nullptr)
        *told = why;
    return out;
}

} // namespace

TEST_CASE("the first rule that knows says where a person's mail is", "[edge]")
{
    const auto placement = Placement::create(pool_of_three()).value();
    CHECK(names(*placement, person("alice", "three")) == std::vector<std::string>{"three"});
    CHECK(names(*placement, person("alice", "THREE", "staff")) == std::vector<std::string>{"three"});
    CHECK(names(*placement, person("bob", "", "staff")) == std::vector<std::string>{"two"});
    CHECK(names(*placement, person("carol", "", "students")).size() == 3);

    std::string why;
    CHECK(names(*placement, person("dave", "elsewhere"), &why).empty());
    CHECK(why == "the directory names the store elsewhere, which is not configured here");

    Person other_realm = person("erin", "", "staff");
    other_realm.realm = "PARTNER";
    CHECK(names(*placement, other_realm).size() == 3);
}

TEST_CASE("each person keeps to the same store of a pool, and a pool is used evenly", "[edge]")
{
    const auto placement = Placement::create(pool_of_three()).value();
    const auto again = Placement::create(pool_of_three()).value();
    Settings smaller = pool_of_three();
    smaller.stores.pop_back();
    smaller.placement.back().stores.pop_back();
    const auto without_three = Placement::create(smaller).value();

    std::map<std::string, int> first;
    for (int i = 0; i < 3000; ++i) {
        const Person one = person("p" + std::to_string(i));
        const auto order = names(*placement, one);
        ++first[order.front()];
        CHECK(names(*again, one) == order);
        if (order.front() != "three") // a store that leaves moves its own people alone
            CHECK(names(*without_three, one).front() == order.front());
    }
    for (const auto& [name, count] : first) {
        CAPTURE(name);
        CHECK(count > 850);
    }
}

TEST_CASE("a store that is away or drained comes last", "[edge]")
{
    Settings settings = pool_of_three();
    settings.stores[0].drain = true;
    const auto placement = Placement::create(settings).value();
    const Person one = person("alice");
    std::string why;
    const auto before = placement->stores_of(Protocol::imap, one, Clock::now(), why);
    CHECK(before.back()->name() == "one");

    before.front()->failed(Protocol::imap, Clock::now());
    CHECK(placement->stores_of(Protocol::imap, one, Clock::now(), why).front() == before[1]);
    CHECK(placement->stores_of(Protocol::imap, one, Clock::now() + 1s, why).front() ==
          before.front()); // looked at again
    before.front()->answered(Protocol::imap);
    CHECK(placement->stores_of(Protocol::imap, one, Clock::now(), why).front() == before.front());
}

TEST_CASE("a store that fails again and again is asked ever more seldom, but always again", "[edge]")
{
    const Store store({.name = "one"}, {});
    Deadline now = Clock::now();
    for (int i = 0; i < 20; ++i) {
        store.failed(Protocol::imap, now);
        store.failed(Protocol::imap, now); // others who tried at the same time: once is enough
        CHECK_FALSE(store.may_be_asked(Protocol::imap, now + 200ms));
        now += 17s;
        CHECK(store.may_be_asked(Protocol::imap, now));
    }
    store.failed(Protocol::imap, now);
    CHECK_FALSE(store.may_be_asked(Protocol::imap, now + 15s));
    CHECK(store.may_be_asked(Protocol::pop3, now));
}

TEST_CASE("a store that does not speak the protocol serves nobody of it", "[edge]")
{
    const auto placement = Placement::create(pool_of_three()).value();
    std::string why;
    CHECK(placement->stores_of(Protocol::sieve, person("alice"), Clock::now(), why).empty());
    CHECK(why == "no server for sieve is configured for this person");
}
