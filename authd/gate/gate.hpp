#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/snapshot.hpp"
#include "gate/audit.hpp"
#include "gate/locate.hpp"
#include "gate/memory.hpp"
#include "gate/needs.hpp"
#include "gate/rules.hpp"
#include "gate/store_login.hpp"
#include "identity/attempt.hpp"
#include "identity/directory.hpp"
#include "identity/verdict.hpp"

#include <memory>
#include <string>

namespace gatehouse::gate
{

/// The one pipeline that every login passes: pins, names, verification, admission, audit. Thread-safe; its coroutines
/// run on the caller's executor and hop away only inside a Directory. Outlives every login.
class Gate
{
public:
    /// `audit` and what `memory` refers to outlive it.
    Gate(std::shared_ptr<const Rules> rules, AuditLog& audit, Memory memory);

    /// Decides one attempt, writes its audit line and, for a refusal, waits for the next point of the refusal grid, so
    /// that an unknown person and a wrong password take the same time. Never throws: what fails inside is Unavailable.
    Awaitable<Verdict> check(Attempt attempt, std::shared_ptr<const Pins> pins, Deadline deadline, Trail& trail,
                             Needs needs = {});

    /// Refuses an attempt whose credential could not be read, with the same audit line and timing as `check`.
    Awaitable<Verdict> refuse(Attempt attempt, std::shared_ptr<const Pins> pins, Reason reason, std::string detail);

    /// Who is meant by a login name, without any credential: for userdb look-ups and `authctl explain`. Not audited.
    /// `hint`: the realm that the caller means; empty: none.
    Awaitable<Located> locate(std::string login, std::shared_ptr<const Pins> pins, Detail detail, Deadline deadline,
                              Trail& trail, std::string hint = {});

    /// A store secret for somebody whom the caller was granted, if People admit them to the service now. Not audited:
    /// the login at the store is. Errors: `invalid` for a service that the pins do not allow, a store's name that is
    /// none, and a refusal, in words for the person; `unavailable`, `limit`.
    Awaitable<Result<Secret>> make_store_secret(StoreGrant grant, std::string service, std::string store,
                                                std::shared_ptr<const Pins> pins, Deadline deadline);

    std::shared_ptr<const Rules> rules() const { return rules_.get(); }
    void set_rules(std::shared_ptr<const Rules> rules) { rules_.set(std::move(rules)); }
    AuditLog& audit() { return audit_; }
    const Memory& memory() const { return memory_; }

private:
    Awaitable<Verdict> conclude(const Attempt& attempt, const Pins& pins, Verdict verdict, const Trail& trail,
                                Deadline started);

    Snapshot<Rules> rules_;
    AuditLog& audit_;
    const Memory memory_;
};

} // namespace gatehouse::gate
