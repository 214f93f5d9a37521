#pragma once

#include "gate/person_login.hpp"

#include <optional>

namespace gatehouse::gate
{

/// One login with a password in one realm that remembers (ProofRules::remember): decided from memory where that can be,
/// else by the directory, within the shield's budget. Lives for one login, on its worker.
///
///     proof good, mirror live          -> do People admit the person to the service now?
///     proof known to be wrong          -> refused, the directory is not asked
///     nobody of that name, mirror live -> refused
///     otherwise                        -> one attempt at the directory, shared by all who try the same at once
class PasswordLogin
{
public:
    PasswordLogin(const Realm& realm, const Memory& memory, const PersonLogin::Asked& asked, Trail& trail);

    /// Decides without asking anybody. Nothing: the directory must be asked.
    std::optional<Verdict> from_memory();
    /// After `from_memory` decided nothing.
    Awaitable<Verdict> from_directory();

private:
    std::optional<Verdict> judge_proof();
    bool proof_serves(const Proofs::Answer& answer) const;
    bool has_grace() const;
    Verdict refuse_repeat();

    Awaitable<Flights::Outcome> verify_once();
    std::optional<Flights::Landing> landed_meanwhile();
    Awaitable<Flights::Landing> verify();
    Awaitable<void> settle_old_password(Flights::Landing& landing);
    void remember(const Flights::Landing& landing, Deadline answered);
    Awaitable<Verdict> conclude(const Flights::Landing& landing);

    const Person& person() const { return login_.known().person; }
    Proofs::PasswordNow password_now() const { return login_.known().password_now(old_password_period_); }

    const Realm& realm_;
    const Memory& memory_;
    const Secret& password_;
    const Deadline deadline_;
    Trail& trail_;
    PersonLogin login_;
    std::chrono::seconds old_password_period_{0};
    std::optional<Proofs::Proof> proof_;
    Proofs::Answer remembered_;
};

} // namespace gatehouse::gate
