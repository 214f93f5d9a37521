#include "support/peer.hpp"

#include <algorithm>
#include <future>
#include <set>
#include <stdexcept>

namespace gatehouse::integration
{

namespace
{
bool belongs_to(const AuditLine& line, const Peer& peer)
{
    return line["listener"] == peer.listener && line["service"] == peer.service;
}

void check_distinct(const Peer& peer, const std::vector<Login>& logins)
{
    std::set<std::string> names;
    for (const Login& login : logins)
        if (!names.insert(asked_as(peer, login.name)).second)
            throw std::logic_error("two logins as \"" + login.name + "\": their audit lines could not be told apart");
}
} // namespace

Fate fate_of(const Peer& peer, std::string_view login)
{
    return peer.fate_of ? peer.fate_of(login) : Fate::granted;
}

std::string asked_as(const Peer& peer, std::string_view login)
{
    return peer.asked_as ? peer.asked_as(login) : std::string(login);
}

Seen attempt(const Peer& peer, const Login& login)
{
    const AuditFile audit = Lab::current().audit();
    Seen seen{.login = login, .reply = peer.log_in(login.name, login.password), .audited = audit.lines(1)};
    std::erase_if(seen.audited, [&](const AuditLine& line) { return !belongs_to(line, peer); });
    return seen;
}

std::vector<Seen> attempt_each(const Peer& peer, const std::vector<Login>& logins)
{
    check_distinct(peer, logins);
    const AuditFile audit = Lab::current().audit();
    std::vector<Seen> seen;
    for (std::size_t begin = 0; begin < logins.size(); begin += peer.at_once) {
        const std::size_t end = std::min(begin + peer.at_once, logins.size());
        std::vector<std::future<Reply>> replies;
        for (std::size_t i = begin; i < end; ++i)
            replies.push_back(
                std::async(std::launch::async, [&, i] { return peer.log_in(logins[i].name, logins[i].password); }));
        for (std::size_t i = begin; i < end; ++i)
            seen.push_back({.login = logins[i], .reply = replies[i - begin].get()});
    }
    const auto asked = std::ranges::count_if(
        logins, [&](const Login& login) { return fate_of(peer, login.name) != Fate::refused_by_peer; });
    for (const AuditLine& line : audit.lines(static_cast<std::size_t>(asked)))
        for (Seen& each : seen)
            if (belongs_to(line, peer) && line["login"] == asked_as(peer, each.login.name))
                each.audited.push_back(line);
    return seen;
}

} // namespace gatehouse::integration
