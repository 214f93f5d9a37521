#include "soak/record.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::soak
{

namespace
{
constexpr std::size_t most_put_off = 100'000; // more explain nothing more
constexpr std::uint64_t most_printed = 20;
} // namespace

Record::Record(std::size_t people)
{
    for (std::size_t number = 1; number <= people; ++number) {
        const std::string name = fmt::format("person{:05}", number);
        people_.push_back({.name = name,
                           .history = PersonHistory({.password = name + "-Passw0rd"}),
                           .changes = {"seeded with the directory"}});
    }
}

Record::Person Record::person(std::size_t number) const
{
    const std::lock_guard lock(mutex_);
    const Known& known = people_.at(number);
    return {.name = known.name, .state = known.history.last(), .old_passwords = known.history.old_passwords()};
}

void Record::change_begins(std::size_t number, const std::string& what, PersonState state, Moment at)
{
    const std::lock_guard lock(mutex_);
    people_.at(number).history.begin(std::move(state), at);
    people_.at(number).changes.push_back(what);
    ++counts_.changes;
}

void Record::change_ends(std::size_t number, Moment at)
{
    const std::lock_guard lock(mutex_);
    people_.at(number).history.end(at);
}

void Record::outage_begins(Server server)
{
    const std::lock_guard lock(mutex_);
    (server == Server::authd ? authd_ : directory_).begin(std::chrono::steady_clock::now());
}

void Record::outage_ends(Server server)
{
    const std::lock_guard lock(mutex_);
    (server == Server::authd ? authd_ : directory_).end(std::chrono::steady_clock::now());
}

void Record::logged_in(std::size_t number, const std::string& door, const std::string& name_shown, const Login& login,
                       const std::string& words)
{
    const std::lock_guard lock(mutex_);
    const Known& known = people_.at(number);
    ++counts_.logins;
    counts_.granted += login.told == Told::granted ? 1 : 0;
    counts_.denied += login.told == Told::denied ? 1 : 0;
    switch (judge(login, known.history, directory_, authd_, promise)) {
    case Judgement::right: return;
    case Judgement::put_off_by_outage: ++counts_.put_off_by_outage; return;
    case Judgement::put_off:
        if (put_off_.size() < most_put_off) {
            const auto now = std::chrono::system_clock::now();
            const auto took = std::chrono::duration_cast<std::chrono::microseconds>(login.ended - login.begun);
            put_off_.push_back({.door = door, .login = name_shown, .words = words, .begun = now - took, .ended = now});
        }
        return;
    case Judgement::wrong:
        if (++counts_.wrong <= most_printed)
            print_wrong(known, door, name_shown, login, words);
        return;
    }
}

void Record::print_wrong(const Known& known, const std::string& door, const std::string& name_shown, const Login& login,
                         const std::string& words) const
{
    fmt::print("WRONG: {} at {} with \"{}\": {} ({}), begun {:.3f} s, ended {:.3f} s after the start; its history:\n",
               name_shown, door, login.shown.password, integration::name_of(login.told), words, seconds(login.begun),
               seconds(login.ended));
    const auto& held = known.history.all();
    for (std::size_t i = 0; i < held.size(); ++i) {
        const bool open = held[i].until == Moment::max();
        fmt::print("  {:>10} to {:>10}  {}: {}\n", i == 0 ? "" : fmt::format("{:.3f}", seconds(held[i].from)),
                   open ? "" : fmt::format("{:.3f}", seconds(held[i].until)), known.changes[i],
                   described(held[i].state));
    }
}

double Record::seconds(Moment at) const
{
    return std::chrono::duration<double>(at - began_).count();
}

Record::Counts Record::counts() const
{
    const std::lock_guard lock(mutex_);
    return counts_;
}

std::size_t Record::restarts() const
{
    const std::lock_guard lock(mutex_);
    return directory_.count() + authd_.count();
}

std::vector<PutOff> Record::put_off() const
{
    const std::lock_guard lock(mutex_);
    return put_off_;
}

} // namespace gatehouse::soak
