#include "soak/administrator.hpp"

#include "soak/visitors.hpp"
#include "support/changes.hpp"

#include <thread>

namespace gatehouse::soak
{

using namespace std::chrono_literals;

namespace
{
// Directories of the lab lock for five seconds, and one of them writes whole seconds down.
constexpr auto shortest_lock = 4s;
constexpr auto longest_lock = 6s;
} // namespace

Administrator::Administrator(std::uint64_t seed, Record& record, std::mutex& directory_up)
    : random_(seed), record_(record), directory_up_(directory_up), left_alone_until_(record.people(), Moment::min())
{
}

void Administrator::work(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        {
            const std::lock_guard up(directory_up_);
            change_somebody();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 500));
    }
}

void Administrator::change_somebody()
{
    const std::size_t number = draw_person(random_, record_.people());
    if (std::chrono::steady_clock::now() < left_alone_until_[number])
        return;
    const Change change = draw_change(record_.person(number));
    this->change(number, change);
}

void Administrator::change(std::size_t number, const Change& change)
{
    std::vector<std::string> words{change.action};
    words.insert(words.end(), change.arguments.begin(), change.arguments.end());
    const Moment before = std::chrono::steady_clock::now();
    record_.change_begins(number, change.action, change.after, before);
    integration::change_directory(words, change.input);
    const Moment after = std::chrono::steady_clock::now();
    record_.change_ends(number, after);
    if (change.action != "lock")
        return;
    // The clock ends it, and no command before that: moments are noted in their order.
    PersonState unlocked = change.after;
    unlocked.locked = false;
    record_.change_begins(number, "the lock ends", unlocked, before + shortest_lock);
    record_.change_ends(number, after + longest_lock);
    left_alone_until_[number] = after + longest_lock;
}

Administrator::Change Administrator::draw_change(const Record::Person& person)
{
    const std::string& name = person.name;
    PersonState after = person.state;
    if (!after.exists) {
        Change created = draw_password_change(person);
        created.action = "create";
        created.after = PersonState{.password = created.input};
        return created;
    }
    if (!after.in_scope) {
        after.in_scope = true;
        return {.action = "move-in", .arguments = {name}, .after = after};
    }
    if (after.disabled && chance(50)) {
        after.disabled = false;
        return {.action = "enable", .arguments = {name}, .after = after};
    }
    const auto percent = random_() % 100;
    if (percent < 40)
        return draw_password_change(person);
    if (percent < 65) {
        after.staff = !after.staff;
        return {.action = after.staff ? "group-add" : "group-remove", .arguments = {"team-a", name}, .after = after};
    }
    if (percent < 80) {
        after.disabled = !after.disabled;
        return {.action = after.disabled ? "disable" : "enable", .arguments = {name}, .after = after};
    }
    if (percent < 88) {
        after.exists = after.staff = false;
        return {.action = "delete", .arguments = {name}, .after = after};
    }
    if (percent < 94 || after.disabled) { // to be locked and disabled is one attribute at OpenLDAP
        after.in_scope = false;
        return {.action = "move-out", .arguments = {name}, .after = after};
    }
    after.locked = true;
    return {.action = "lock", .arguments = {name}, .after = after};
}

Administrator::Change Administrator::draw_password_change(const Record::Person& person)
{
    PersonState after = person.state;
    after.password = "Soak-Passw0rd-" + std::to_string(++passwords_);
    // What was right before, or was always wrong, is right from now on: nothing that is remembered of it may hold.
    if (chance(20) && !person.old_passwords.empty())
        after.password = person.old_passwords.front();
    else if (chance(10))
        after.password = person.name + "-mistyped";
    after.disabled = false; // OpenLDAP's overlay ends every lock with the old password, Samba's tools enable, too
    return {.action = "set-password", .arguments = {person.name}, .input = after.password, .after = after};
}

} // namespace gatehouse::soak
