#pragma once

#include "gate/rules.hpp"
#include "identity/attempt.hpp"
#include "identity/credential.hpp"
#include "identity/login_name.hpp"
#include "identity/verdict.hpp"

#include <expected>

namespace gatehouse::gate
{

/// Whom a ticket names: somebody of this realm, whose directory finds them by the name.
struct TicketPerson {
    const RealmNames* realm; ///< of the Rules
    LoginName name;
};

/// A ticket is of the realm that has its Kerberos realm; where several have it, of the one that takes tickets. In
/// Active Directory its person is the SID of the verified PAC, elsewhere the principal. A ticket of a Kerberos realm
/// that no realm has is of the realm whose auth_to_local makes a name of its principal. A pure function but for those
/// rules, some microseconds each. Error: a refusal.
std::expected<TicketPerson, Verdict> person_of_ticket(const Rules& rules, const Pins& pins,
                                                      const TicketCredential& ticket);

} // namespace gatehouse::gate
