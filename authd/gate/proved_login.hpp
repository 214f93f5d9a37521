#pragma once

#include "base/async.hpp"
#include "gate/locate.hpp"
#include "gate/memory.hpp"
#include "gate/person_login.hpp"
#include "gate/rules.hpp"

namespace gatehouse::gate
{

// Logins of somebody who is proved already: by the caller, by a ticket, or by their own login when they act for others.

/// Finds the person where that is known best. A verdict: there is nobody, or an outage.
Awaitable<std::optional<Verdict>> find_proved(PersonLogin& login);

/// Only whether People admit them is asked.
Awaitable<Verdict> admit_proved(const Realm& realm, const Memory& memory, PersonLogin::Asked asked, Trail& trail);

/// One attempt with what its verification needs; refers to what outlives it.
struct Checking {
    const Rules& rules;
    const Memory& memory;
    const Attempt& attempt;
    const Pins& pins;
    const Needs& needs;
    Deadline deadline;
    Trail& trail;
};

/// Somebody whose Kerberos ticket an exchange has accepted.
Awaitable<Verdict> check_ticket(const Checking& checking);

/// Somebody whose client certificate the caller has verified. Its names must all mean the same person, as far as they
/// mean anybody.
Awaitable<Verdict> check_certificate(const Checking& checking);

/// Somebody who has been granted the service, and asks to act for another (RFC 4422 section 2): who is in one of the
/// listener's groups may, and the other one must be admitted as if they had logged in themselves.
Awaitable<Verdict> act_for(const Checking& checking, Verdict granted);

} // namespace gatehouse::gate
