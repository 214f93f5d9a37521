#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "gate/known_person.hpp"
#include "gate/memory.hpp"
#include "gate/needs.hpp"
#include "gate/policy.hpp"
#include "gate/realm.hpp"
#include "identity/attempt.hpp"
#include "identity/verdict.hpp"

#include <optional>
#include <string>

namespace gatehouse::gate
{

/// The verdict of a verification that did not grant.
Verdict refused_by(const PasswordAnswer& answer, std::optional<Person> person);

/// One login of somebody of one realm: who it is, and whether People admit them to the service. How the person was
/// proved is PasswordLogin's, or the caller's. Lives for one login, on its worker.
class PersonLogin
{
public:
    struct Asked {
        const LoginName& name;
        const Attempt& attempt;
        const Pins& pins;
        const ServiceRule* rule; ///< of the service; null: none
        const Needs& needs;
        Deadline deadline;
    };

    PersonLogin(const Realm& realm, const Memory& memory, const Asked& asked, Trail& trail);

    /// Finds the person in the mirror. A verdict: it knows that the name is nobody's, or several people's. Neither a
    /// verdict nor `known()`: the directory must be asked.
    std::optional<Verdict> find_in_mirror();
    /// Finds the person in the directory. A verdict: there is none, or an outage.
    Awaitable<std::optional<Verdict>> find_in_directory();

    /// The directory has named the person itself; `Person::known` says how much of it is true.
    void learn(Person person) { known_ = KnownPerson{.person = std::move(person), .stored = {}, .move = {}}; }

    /// The account's state, the service's groups, what the door needs: by what is known now, and the clock. Nothing:
    /// the name of the mailbox is not fixed yet, and only `admit` can do that. The verdict takes the person with it.
    std::optional<Verdict> admit_now();
    /// The same, after finding out what is still missing: groups of somebody whom the mirror does not hold, and the
    /// name of the mailbox.
    Awaitable<Verdict> admit();

    /// What is wanted of the person where the directory must be asked for them.
    Detail wanted_detail() const { return needs_groups() ? Detail::groups : asked_.needs.detail; }
    bool is_known() const { return known_.has_value(); }
    KnownPerson& known() { return *known_; }
    const KnownPerson& known() const { return *known_; }
    const MirrorView& mirror() const { return mirror_; }
    /// Time has passed: the person as the mirror has them now.
    void look_again();
    const std::string& network() const { return network_; } ///< of the client; empty: not told by a listener that may
    /// The known person's attempt as the shield counts it; its texts live as long as this.
    Shield::Attempt shield_attempt() const;

private:
    Detail described_detail() const;
    bool needs_groups() const;
    bool knows_enough() const;
    std::optional<Verdict> refusal(WallTime now);
    Verdict grant(WallTime now);
    Awaitable<std::optional<Verdict>> complete();
    Awaitable<std::optional<Verdict>> fix_mailbox();

    const Realm& realm_;
    const Memory& memory_;
    const Asked asked_;
    Trail& trail_;
    MirrorView mirror_;
    const std::string network_;
    std::optional<KnownPerson> known_;
};

} // namespace gatehouse::gate
