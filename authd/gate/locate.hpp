#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "gate/rules.hpp"
#include "identity/attempt.hpp"
#include "identity/directory.hpp"
#include "identity/verdict.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::gate
{

/// A person and the realm they were found in.
struct Located {
    Reason reason = Reason::unknown_person; ///< granted: found
    std::string detail{};
    std::string realm{};
    Person person{};
};

/// The realms that a name may belong to, as far as a listener may ask for them.
struct Routed {
    Reason reason = Reason::granted; ///< else why there are none
    std::vector<const RealmNames*> realms{};
};
Routed route_within(const Rules& rules, const Pins& pins, const LoginName& name, std::string_view hint);

/// Asks the mirror where it is the truth, else the directory. While the directory is away the mirror's last word is
/// better than none.
Awaitable<Lookup> look_up(const Realm& realm, const LoginName& name, Detail detail, Deadline deadline, Trail& trail);

/// Asks each realm for the person. An outage of one of several is an outage: the name might be ambiguous.
Awaitable<Located> locate_in(const Rules& rules, std::vector<const RealmNames*> realms, const LoginName& name,
                             Detail detail, Deadline deadline, Trail& trail);

/// The realm that a name belongs to, as far as a listener may ask for it. Error: the verdict that refuses it.
Awaitable<Result<const RealmNames*, Verdict>> realm_for(const Rules& rules, const Pins& pins, const LoginName& name,
                                                        std::string_view hint, Deadline deadline, Trail& trail);

/// The realm among several that knows the person; the first, when none does: it refuses, in the time that a wrong
/// password takes.
Awaitable<Result<const RealmNames*, Verdict>> choose_realm(const Rules& rules, Routed routed, const LoginName& name,
                                                           Deadline deadline, Trail& trail);

} // namespace gatehouse::gate
