#pragma once

#include "base/async.hpp"
#include "gate/memory.hpp"
#include "gate/person_login.hpp"
#include "gate/shared_attempt.hpp"

#include <optional>

namespace gatehouse::gate
{

/// Before a try: as long as the shield has the client's network wait, and until `deadline` at most.
Awaitable<void> wait_for_network(const Shield& shield, const Shield::Attempt& attempt, Deadline deadline);

/// One try of what a person's directory counts and may lock the account for: a password, or an answer to a challenge.
/// Within the shield's budget and that of every other node. Lives for one login, on its worker; ends by what `ended_as`
/// said last.
class CountedTry
{
public:
    /// `login`: its person is known. What is referred to outlives this.
    CountedTry(const Realm& realm, const Memory& memory, const PersonLogin& login, Deadline deadline, Trail& trail);
    ~CountedTry();
    CountedTry(const CountedTry&) = delete;
    CountedTry& operator=(const CountedTry&) = delete;

    /// Waits as long as the client's network has to, then takes a place. An answer: nothing may be tried now, and why.
    Awaitable<std::optional<PasswordAnswer>> begin();
    void ended_as(Shield::Outcome outcome) { outcome_ = outcome; }

private:
    Awaitable<std::optional<LockoutCount>> lockout_count();
    Awaitable<SharedAttempt> begin_shared_attempt(const std::optional<LockoutCount>& count);

    const Realm& realm_;
    const Memory& memory_;
    const PersonLogin& login_;
    const Shield::Attempt attempt_;
    const Deadline deadline_;
    Trail& trail_;
    std::optional<SharedAttempt> shared_;
    bool goes_ = false;
    Shield::Outcome outcome_ = Shield::Outcome::undecided;
};

} // namespace gatehouse::gate
