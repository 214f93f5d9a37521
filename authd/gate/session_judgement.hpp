#pragma once

#include "gate/known_person.hpp"
#include "gate/rules.hpp"
#include "identity/person.hpp"
#include "identity/reason.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::gate
{

/// Who may go on with an open session, by the rules and the mirrors at one moment: what a login of the same person to
/// the same service would be told. Lives no longer than the rules; used by one thread.
class SessionJudgement
{
public:
    SessionJudgement(const Rules& rules, WallTime now);

    /// Turns to somebody, whom `admits` asks about. `granted`: nothing is known that ends all their sessions.
    Reason turn_to(std::string_view realm, std::string_view person);
    /// May the person whom the last `turn_to` granted use the service? `granted` or `not_admitted`.
    Reason admits(const std::string& service);

private:
    const Rules& rules_;
    const WallTime now_;
    std::vector<MirrorView> views_;      // in the order of the realms
    std::size_t realm_ = 0;              // of the person
    people::PersonRef person_;           // null: not in a mirror
    const ServiceRule* asked_ = nullptr; // for the person last; most have several sessions of one service
    Reason answer_ = Reason::granted;    // to that
};

} // namespace gatehouse::gate
