#pragma once

#include "support/clients.hpp"
#include "support/own_authd.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// Every door of one authd at which people log in to one service, asked as its clients do. `authd` has the listener of
/// `extauth_listener` beside its own, and outlives this.
class EveryDoor
{
public:
    explicit EveryDoor(const OwnAuthd& authd, std::string service = "imap");

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
};

/// A listener of the extauth door, which asks for one service only, for `OwnAuthd::Wishes::listeners` of the authd
/// NAME.
std::string extauth_listener(const std::string& name, const std::string& service = "imap");

} // namespace gatehouse::integration
