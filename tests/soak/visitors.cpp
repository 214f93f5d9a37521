#include "soak/visitors.hpp"

#include "support/clients.hpp"

#include <random>
#include <thread>

namespace gatehouse::soak
{

using namespace std::chrono_literals;
using integration::OwnAuthd;
using integration::Place;

namespace
{
const std::string common = "imap";
const std::string staff = "staff-only";

std::string extauth_listener_for(const std::string& name, const std::string& folder, const std::string& service)
{
    return "  - name: " + name + "\n    door: extauth\n    services: [" + service + "]\n    socket: {path: " + folder +
           "/" + name +
           ", mode: \"0666\"}\n    may_assert_address: true\n"
           "    account: {uid: nobody, gid: nogroup, home: \"/nonexistent/{mailbox}\"}\n";
}

/// A network of its own for each person: one for all of them would be taken for one that sprays.
std::string address_of(std::size_t person)
{
    return "10.1." + std::to_string(person % 256) + "." + std::to_string(1 + person / 256);
}

void add_doors_for(std::vector<Entrance>& entrances, const OwnAuthd& authd, const std::string& service)
{
    const bool for_staff = service == staff;
    const auto add = [&](const std::string& door, const std::string& listener, auto ask) {
        entrances.push_back({.name = door + " for " + service,
                             .for_staff = for_staff,
                             .log_in = [=, place = authd.door(listener)](
                                           const std::string& login, const std::string& password, std::size_t person) {
                                 return ask(place, login, password, person);
                             }});
    };
    add("saslauthd", "saslauthd", [=](const Place& place, const auto& login, const auto& password, std::size_t) {
        return integration::saslauthd_login(place, service, login, password);
    });
    add("native", "native", [=](const Place& place, const auto& login, const auto& password, std::size_t) {
        return integration::native_login(place, service, login, password);
    });
    for (const std::uint32_t minor : {0U, 2U})
        add("dovecot minor " + std::to_string(minor), "dovecot",
            [=](const Place& place, const auto& login, const auto& password, std::size_t) {
                return integration::dovecot_login(place, service, login, password, minor);
            });
    add("extauth", for_staff ? "extauth-staff" : "extauth",
        [](const Place& place, const auto& login, const auto& password, std::size_t person) {
            return integration::extauth_login(place, login, password, address_of(person));
        });
}

template <class Random>
std::string draw_password(Random& random, const Record::Person& person)
{
    const auto percent = random() % 100;
    if (percent < 60)
        return person.state.password;
    if (percent < 80 && !person.old_passwords.empty())
        return person.old_passwords.front();
    if (percent < 85 && !person.old_passwords.empty())
        return person.old_passwords.back();
    // New ones are few: a directory that locks is asked about a few only, and the rest would be put off.
    return percent < 99 ? person.name + "-mistyped" : "new-" + std::to_string(random());
}

template <class Random>
std::string draw_name(Random& random, const std::string& name)
{
    switch (random() % 4) {
    case 0: return "CAMPUS\\" + name;
    case 1: return name + "@campus.example";
    default: return name;
    }
}

void log_in(const Entrance& entrance, Record& record, std::size_t number, const std::string& name,
            const std::string& password)
{
    Login login{.shown = {.password = password, .for_staff = entrance.for_staff},
                .begun = std::chrono::steady_clock::now()};
    const integration::Reply reply = entrance.log_in(name, password, number);
    login.ended = std::chrono::steady_clock::now();
    login.told = reply.told;
    record.logged_in(number, entrance.name, name, login, reply.words);
}
} // namespace

std::string services_yaml()
{
    return "  " + staff + ": {allow_groups: [staff]}\n";
}

std::string extauth_listeners(const std::string& folder)
{
    return extauth_listener_for("extauth", folder, common) + extauth_listener_for("extauth-staff", folder, staff);
}

std::vector<Entrance> entrances_of(const OwnAuthd& authd)
{
    std::vector<Entrance> entrances;
    add_doors_for(entrances, authd, common);
    add_doors_for(entrances, authd, staff);
    return entrances;
}

void visit(const std::stop_token& stop, std::uint64_t seed, const std::vector<Entrance>& entrances, Record& record)
{
    std::mt19937_64 random(seed);
    while (!stop.stop_requested()) {
        const std::size_t number = draw_person(random, record.people());
        const Record::Person person = record.person(number);
        const Entrance& entrance = entrances.at(random() % entrances.size());
        const std::string name = draw_name(random, person.name);
        log_in(entrance, record, number, name, draw_password(random, person));
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 200));
    }
}

void visit_all(const std::vector<Entrance>& entrances, Record& record)
{
    const std::size_t shares = entrances.size() / 2; // entrances_of has each door twice, in the same order
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < entrances.size(); ++i)
        threads.emplace_back([&, i] {
            for (std::size_t number = i % shares; number < record.people(); number += shares) {
                const Record::Person person = record.person(number);
                log_in(entrances[i], record, number, person.name, person.state.password);
            }
        });
}

} // namespace gatehouse::soak
