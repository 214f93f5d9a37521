#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "identity/reason.hpp"

#include <string>

namespace gatehouse
{

/// A person's answer to a challenge that only their directory can judge, and counts there as a password does: the gate
/// asks for it when the shield allows it.
class ChallengeAnswer
{
public:
    struct Judged {
        Reason reason;          ///< granted: it is theirs
        std::string why{};      ///< for the administrator
        std::string sid{};      ///< when granted: whom the directory names
        std::string last{};     ///< when granted: what the client must still be sent; empty: nothing
        bool may_count = false; ///< nothing is known, and the directory may still judge it and count it
    };

    virtual ~ChallengeAnswer() = default;

    /// Once. Waits until `deadline` at most; what is asked then goes on without this.
    virtual Awaitable<Judged> judge(Deadline deadline) = 0;
};

} // namespace gatehouse
