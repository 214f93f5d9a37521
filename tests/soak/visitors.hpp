#pragma once

#include "soak/record.hpp"
#include "support/own_authd.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace gatehouse::soak
{

/// A door, as somebody comes to it for one service.
struct Entrance {
    std::string name;
    bool for_staff = false;
    std::function<integration::Reply(const std::string& login, const std::string& password, std::size_t person)> log_in;
};

/// The entrances of an authd whose further listeners are `extauth_listeners` and whose services are `services_yaml`.
/// The functions may be called from any thread, also while authd is away.
std::vector<Entrance> entrances_of(const integration::OwnAuthd& authd);
/// `folder`: where that authd has its sockets.
std::string extauth_listeners(const std::string& folder);
std::string services_yaml();

/// Logs in people at entrances until it is told to stop, one after the other: most show the right password, many an old
/// one, some the one that they always mistype, few something new. Whom and where is drawn from `seed`.
void visit(const std::stop_token& stop, std::uint64_t seed, const std::vector<Entrance>& entrances, Record& record);

/// Everybody once for the common service and once for the staff's, as they are now; at each entrance an equal share of
/// them, all entrances at the same time.
void visit_all(const std::vector<Entrance>& entrances, Record& record);

/// Some are changed, and come, more often than others: two changes soon after each other are the hard ones.
template <class Random>
std::size_t draw_person(Random& random, std::size_t people)
{
    const std::size_t few = people / 10 > 0 ? people / 10 : 1;
    return random() % (random() % 2 == 0 ? few : people);
}

} // namespace gatehouse::soak
