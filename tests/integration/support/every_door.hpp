#pragma once

#include "support/clients.hpp"
#include "support/own_authd.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// Every door of one authd at which people log in to one service, asked as its clients do. `authd` has the listeners of
/// `door_listeners` beside its own, and outlives this.
class EveryDoor
{
public:
    explicit EveryDoor(const OwnAuthd& authd, std::string service = "imap");

    /// From now on the Dovecot userdb door is one of them. It tells who somebody is: it grants whoever exists, whatever
    /// their password and state, since mail to an account that is only locked must not bounce.
    void ask_userdb_too();
    /// What the userdb door alone says now.
    Reply userdb(const std::string& login) const { return userdb_look_up(userdb_, login); }

    /// What each door says now, its name first.
    std::vector<std::string> say(const std::string& login, const std::string& password) const;
    bool all_say(Told told, const std::string& login, const std::string& password) const;
    /// Asks until every door says `told`, and returns how long after `since` the asking began at which all did. Throws
    /// std::runtime_error with what they said when that takes longer than `limit`.
    std::chrono::milliseconds all_say_after(std::chrono::steady_clock::time_point since, Told told,
                                            const std::string& login, const std::string& password,
                                            std::chrono::milliseconds limit = std::chrono::seconds(20)) const;

private:
    struct Door {
        std::string name;
        std::function<Reply(const std::string& login, const std::string& password)> log_in;
    };
    /// All doors at once, since each holds a refusal back.
    std::vector<Reply> ask(const std::string& login, const std::string& password) const;

    std::vector<Door> doors_;
    Place userdb_;
};

/// Listeners of the doors that need an account, for `OwnAuthd::Wishes::listeners` of the authd NAME: extauth, which
/// asks for one service only, and userdb.
std::string door_listeners(const std::string& name, const std::string& service = "imap");

} // namespace gatehouse::integration
