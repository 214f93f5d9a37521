#include "support/every_door.hpp"

#include <future>
#include <stdexcept>
#include <thread>

namespace gatehouse::integration
{

EveryDoor::EveryDoor(const OwnAuthd& authd, std::string service) : userdb_(authd.door("userdb"))
{
    const Place saslauthd = authd.door("saslauthd");
    const Place dovecot = authd.door("dovecot");
    const Place native = authd.door("native");
    const Place extauth = authd.door("extauth");
    doors_ = {
        {"saslauthd",
         [=](const std::string& login, const std::string& password) {
             return saslauthd_login(saslauthd, service, login, password);
         }},
        {"dovecot", [=](const std::string& login,
                        const std::string& password) { return dovecot_login(dovecot, service, login, password); }},
        {"native", [=](const std::string& login,
                       const std::string& password) { return native_login(native, service, login, password); }},
        {"extauth", [=](const std::string& login,
                        const std::string& password) { return extauth_login(extauth, login, password); }},
    };
}

void EveryDoor::ask_userdb_too()
{
    doors_.push_back({"userdb", [door = userdb_](const std::string& login, const std::string&) {
                          return userdb_look_up(door, login);
                      }});
}

std::vector<Reply> EveryDoor::ask(const std::string& login, const std::string& password) const
{
    std::vector<std::future<Reply>> asked;
    for (const Door& door : doors_)
        asked.push_back(std::async(std::launch::async, door.log_in, login, password));
    std::vector<Reply> replies;
    for (std::future<Reply>& reply : asked)
        replies.push_back(reply.get());
    return replies;
}

std::vector<std::string> EveryDoor::say(const std::string& login, const std::string& password) const
{
    const std::vector<Reply> replies = ask(login, password);
    std::vector<std::string> words;
    for (std::size_t i = 0; i < doors_.size(); ++i)
        words.push_back(doors_[i].name + ": " + std::string(name_of(replies[i].told)) + " (" + replies[i].words + ")");
    return words;
}

bool EveryDoor::all_say(Told told, const std::string& login, const std::string& password) const
{
    const std::vector<Reply> replies = ask(login, password);
    return std::ranges::all_of(replies, [&](const Reply& reply) { return reply.told == told; });
}

std::chrono::milliseconds EveryDoor::all_say_after(std::chrono::steady_clock::time_point since, Told told,
                                                   const std::string& login, const std::string& password,
                                                   std::chrono::milliseconds limit) const
{
    using Clock = std::chrono::steady_clock;
    for (;;) {
        const auto began = Clock::now();
        if (all_say(told, login, password))
            return std::chrono::duration_cast<std::chrono::milliseconds>(began - since);
        if (Clock::now() - since > limit) {
            std::string words;
            for (const std::string& each : say(login, password))
                words += "\n  " + each;
            throw std::runtime_error(login + ": not every door says " + std::string(name_of(told)) + ":" + words);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

std::string door_listeners(const std::string& name, const std::string& service)
{
    const std::string folder = (Lab::current().folder() / "faults" / name).string();
    const std::string account = "    account: {uid: nobody, gid: nogroup, home: \"/nonexistent/{mailbox}\"}\n";
    return "  - name: extauth\n    door: extauth\n    services: [" + service + "]\n    socket: {path: " + folder +
           "/extauth, mode: \"0666\"}\n    may_assert_address: true\n" + account +
           "  - name: userdb\n    door: dovecot-userdb\n    socket: {path: " + folder + "/userdb, mode: \"0666\"}\n" +
           account;
}

} // namespace gatehouse::integration
