// bench_people - what the mirror of a realm's people takes, in memory and in time
//
// SYNOPSIS      bench_people [--people N] [--groups M]
//
// DESCRIPTION   Tells a Mirror N people and M groups in a sweep, as the feed of an Active Directory would: a person has
//               a DN, a UPN, two addresses, posix attributes, times, and is in eight groups on average and in one
//               primary group with everybody; a third of the groups are nested. Then measures on that campus, and
//               prints one line:
//
//                   people=N groups=M bytes_a_person=B mib=X sweep=S s delta=D us ...
//
//               bytes_a_person  what malloc holds for the mirror once it is filled, over N
//               sweep           seconds to tell all
//               same_sweep      seconds to tell all once more, nothing being different
//               delta           microseconds for one person who changes, the new snapshot and the call of a watcher
//               member_delta    microseconds for one member more or less of a group of 10,000 (or of all people)
//               find_*          look-ups a second by each form of name, one thread, random people
//               first_group     first_group_of a second for somebody who is in none of the wanted groups
//               describe        describe with all groups a second
//
// DIAGNOSTICS   Exit status 1 when the mirror answers wrongly.

#include "people/mirror.hpp"
#include "people/stored_person.hpp"

#include <CLI/CLI.hpp>

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>

using namespace gatehouse;

namespace
{
constexpr std::size_t groups_a_person = 8;
constexpr std::size_t people_a_batch = 1000; // as the pages of a search
constexpr std::size_t large_group = 10'000;

struct Size {
    std::size_t people = 11'000;
    std::size_t groups = 2'000;
};

std::string login_of(std::size_t i)
{
    return "user" + std::to_string(100'000 + i);
}

std::string dn_of(std::size_t i)
{
    return "CN=" + login_of(i) + ",OU=Students,OU=People,DC=campus,DC=example";
}

std::string key_of_person(std::size_t i)
{
    return "cn=" + login_of(i) + ",ou=students,ou=people,dc=campus,dc=example";
}

std::string key_of_group(std::size_t i)
{
    return "cn=group" + std::to_string(i) + ",ou=groups,dc=campus,dc=example";
}

std::string id_of(std::size_t i)
{
    char id[37];
    std::snprintf(id, sizeof id, "%08zx-5c1d-4b6e-9f0a-%012zx", i, i * 2'654'435'761U % 0xffffffffffffU);
    return id;
}

PersonRecord person(std::size_t i)
{
    using namespace std::chrono_literals;
    PersonRecord record;
    Person& person = record.person;
    person.realm = "CAMPUS";
    person.name = person.mailbox = login_of(i);
    person.id = id_of(i);
    person.dn = dn_of(i);
    person.upn = person.name + "@campus.example";
    person.display_name = "Given Familyname " + std::to_string(i);
    person.addresses = {person.upn, "given.familyname" + std::to_string(i) + "@campus.example"};
    person.state.password_expires = WallTime(1'800'000'000s + i * 1s);
    person.posix = PosixAccount{static_cast<std::uint32_t>(10'000 + i), 10'000, "/home/" + person.name};
    person.password_version = std::to_string(133'000'000'000'000'000 + i);
    person.password_changed = WallTime(1'700'000'000s + i * 1s);
    person.known = Detail::account;
    record.keys = {key_of_person(i)};
    record.member_of = {"S-1-5-21-1-2-3-513"};
    return record;
}

/// Group 0 is the primary group of all, group 1 a large one; of the others every third holds the two before it.
GroupRecord group(const Size& size, std::size_t i)
{
    GroupRecord record{.id = id_of(1'000'000'000 + i),
                       .name = "group" + std::to_string(i),
                       .dn = "CN=group" + std::to_string(i) + ",OU=Groups,DC=campus,DC=example",
                       .keys = {key_of_group(i)},
                       .members = {},
                       .member_of = {}};
    if (i == 0)
        record.keys.emplace_back("S-1-5-21-1-2-3-513");
    if (i == 1)
        for (std::size_t member = 0; member < std::min(size.people, large_group); ++member)
            record.members.push_back(key_of_person(member));
    if (i < 2)
        return record;
    std::mt19937_64 random(i);
    for (std::size_t left = size.people * groups_a_person / size.groups; left > 0; --left)
        record.members.push_back(key_of_person(random() % size.people));
    if (i % 3 == 0)
        record.members.insert(record.members.end(), {key_of_group(i - 1), key_of_group(i - 2)});
    return record;
}

double sweep(people::Mirror& mirror, const Size& size)
{
    std::chrono::steady_clock::duration telling{};
    const auto tell = [&](auto call) {
        const auto begin = std::chrono::steady_clock::now();
        call();
        telling += std::chrono::steady_clock::now() - begin;
    };
    mirror.begin_sweep();
    for (std::size_t first = 0; first < size.people; first += people_a_batch) {
        Changes changes;
        for (std::size_t i = first; i < std::min(size.people, first + people_a_batch); ++i)
            changes.people.push_back(person(i));
        tell([&] { mirror.take(std::move(changes)); });
    }
    for (std::size_t i = 0; i < size.groups; ++i) {
        Changes changes;
        changes.groups.push_back(group(size, i));
        tell([&] { mirror.take(std::move(changes)); });
    }
    tell([&] { mirror.end_sweep({}); });
    return std::chrono::duration<double>(telling).count();
}

std::size_t allocated()
{
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// Microseconds of one call of `change(i)`, without what `prepare(i)` takes.
template <class Prepare, class Change>
double microseconds(std::size_t times, Prepare prepare, Change change)
{
    std::chrono::steady_clock::duration took{};
    for (std::size_t i = 0; i < times; ++i) {
        auto prepared = prepare(i);
        const auto begin = std::chrono::steady_clock::now();
        change(std::move(prepared));
        took += std::chrono::steady_clock::now() - begin;
    }
    return std::chrono::duration<double, std::micro>(took).count() / static_cast<double>(times);
}

void demand(bool right, const char* what)
{
    if (right)
        return;
    std::fprintf(stderr, "bench_people: wrong answer: %s\n", what);
    std::exit(1);
}

/// Calls a second of `call(person)` for people in random order.
template <class Call>
double rate(const Size& size, Call call)
{
    constexpr std::size_t times = 400'000;
    std::mt19937_64 random(1);
    std::vector<std::size_t> order(times);
    for (std::size_t& i : order)
        i = random() % size.people;
    const auto begin = std::chrono::steady_clock::now();
    for (const std::size_t i : order)
        call(i);
    return times / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Look-ups a second of a form of name; the names are taken apart before.
double find_rate(const people::People& people, const Size& size, const std::string& before, const std::string& after)
{
    constexpr std::size_t different = 50'000;
    std::mt19937_64 random(2);
    std::vector<LoginName> names;
    for (std::size_t i = 0; i < different; ++i)
        names.push_back(parse_login_name(before + login_of(random() % size.people) + after).value());
    std::size_t next = 0;
    return rate(size, [&](std::size_t) {
        demand(people.find(names[next++ % different]).one != nullptr, "a name is not found");
    });
}
} // namespace

int main(int argc, char** argv)
{
    Size size;
    CLI::App app{"What the mirror of a realm's people takes"};
    app.add_option("--people", size.people)->check(CLI::Range(1'000, 10'000'000));
    app.add_option("--groups", size.groups)->check(CLI::Range(10, 1'000'000));
    CLI11_PARSE(app, argc, argv);

    const std::size_t before = allocated();
    people::Mirror mirror("CAMPUS");
    mirror.learn({.qualified_names_any_suffix = true, .own_suffixes = {}});
    std::size_t calls = 0;
    const auto watch = mirror.watch([&](const people::Mirror::Change&) { ++calls; });
    const double swept = sweep(mirror, size);
    const std::size_t bytes = allocated() - before;
    demand(mirror.people()->size() == size.people, "people are missing");
    const double swept_again = sweep(mirror, size);
    demand(calls == 1, "a sweep without changes was told");

    const auto take = [&](Changes changes) { mirror.take(std::move(changes)); };
    const double delta = microseconds(
        2000,
        [&](std::size_t i) {
            Changes changes;
            changes.people.push_back(person(i * 7919 % size.people));
            changes.people.back().person.state.disabled = true;
            return changes;
        },
        take);
    const double same = microseconds(
        2000,
        [&](std::size_t i) {
            Changes changes;
            changes.people.push_back(person((i * 7919 + 1) % size.people));
            return changes;
        },
        take);
    const double member_delta = microseconds(
        50,
        [&](std::size_t i) {
            Changes changes;
            changes.groups.push_back(group(size, 1));
            if (i % 2 == 0)
                changes.groups.back().members.pop_back();
            return changes;
        },
        take);
    demand(calls >= 1000, "changes were not told");

    const auto people = mirror.people();
    std::vector<people::PersonRef> everybody;
    for (std::size_t i = 0; i < size.people; ++i)
        everybody.push_back(people->with_id(id_of(i)));
    const double by_id =
        rate(size, [&](std::size_t i) { demand(people->with_id(everybody[i]->id()) != nullptr, "id"); });
    const std::set<std::string, std::less<>> wanted{"nobody-is-in-this", "nor-in-this"};
    std::size_t groups = 0;
    const double first_none = rate(size, [&](std::size_t i) {
        demand(!people->first_group_of(*everybody[i], wanted), "a group that nobody is in");
    });
    const double first_direct = rate(size, [&](std::size_t i) {
        demand(people->first_group_of(*everybody[i], {"group0"}).has_value(), "the primary group");
    });
    const double described =
        rate(size, [&](std::size_t i) { groups += people->describe(*everybody[i], Detail::groups).groups.size(); });

    std::printf("people=%zu groups=%zu bytes_a_person=%zu mib=%.1f sweep=%.2fs same_sweep=%.2fs delta=%.1fus "
                "same_delta=%.1fus member_delta=%.0fus find_plain=%.0f/s find_down_level=%.0f/s find_upn=%.0f/s "
                "find_qualified=%.0f/s with_id=%.0f/s first_group_none=%.0f/s first_group_direct=%.0f/s "
                "describe=%.0f/s groups_a_person=%.1f\n",
                size.people, size.groups, bytes / size.people, static_cast<double>(bytes) / 1048576, swept, swept_again,
                delta, same, member_delta, find_rate(*people, size, "", ""), find_rate(*people, size, "CAMPUS\\", ""),
                find_rate(*people, size, "", "@campus.example"), find_rate(*people, size, "", "@lists.example"), by_id,
                first_none, first_direct, described, static_cast<double>(groups) / 400'000);
    return 0;
}
