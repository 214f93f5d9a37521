#pragma once

#include "gate/shield.hpp"
#include "identity/directory.hpp"
#include "kerberos/foreign_names.hpp"
#include "people/mirror.hpp"

#include <chrono>
#include <memory>
#include <set>
#include <string>

namespace gatehouse::gate
{

/// How long a realm's proofs serve.
struct ProofRules {
    bool remember = true;          ///< false: every login asks the directory
    std::chrono::seconds ttl{300}; ///< of a good proof while the feed is not live
    std::chrono::seconds grace{8 *
                               3600}; ///< of a good proof while the directory is wholly away, since it was heard last
    std::set<std::string, std::less<>> grace_exclude; ///< groups (lower case) whose members have no grace

    bool operator==(const ProofRules&) const = default;
};

/// One realm as the gate sees it. Part of an immutable Rules.
struct Realm {
    std::shared_ptr<Directory> directory;
    std::shared_ptr<PasswordCheck> check;    ///< verifies passwords; null: the directory does, by a bind
    std::shared_ptr<PasswordCheck> as_check; ///< refuses the previous password where a bind would take it; may be null
    std::shared_ptr<people::Mirror> mirror;  ///< null: no feed is followed, and nothing remembered
    bool takes_tickets = false;              ///< tickets of its Kerberos realm are its people's, if others have it, too
    std::shared_ptr<const kerberos::ForeignNames> foreign_names; ///< null: no tickets of foreign Kerberos realms
    ProofRules proofs;
    ShieldRules shield;

    PasswordCheck& password_check() const { return check ? *check : *directory; }
};

} // namespace gatehouse::gate
