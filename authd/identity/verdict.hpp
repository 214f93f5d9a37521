#pragma once

#include "identity/person.hpp"
#include "identity/reason.hpp"

#include <optional>
#include <string>
#include <utility>

namespace gatehouse
{

/// How a login ended: Granted to a person, Denied, or Unavailable when nothing could be decided. An outage is never a
/// refusal and a refusal never an outage: a Reason belongs to exactly one of the three.
class Verdict
{
public:
    /// `valid_until`: the earliest moment at which the clock alone would end the permission; empty: none is known.
    static Verdict granted(Person person, std::optional<WallTime> valid_until = {})
    {
        return {Reason::granted, {}, std::move(person), valid_until};
    }
    /// Denied or Unavailable, as the reason says. `detail` is for the administrator: what happened where.
    static Verdict refused(Reason reason, std::string detail = {}, std::optional<Person> person = {})
    {
        return {reason, std::move(detail), std::move(person), {}};
    }

    /// A refusal that came before the password was checked: people are told no more than for a wrong password.
    Verdict unproven() &&
    {
        unproven_ = true;
        return std::move(*this);
    }

    /// The same permission, ended by `moment` at the latest.
    Verdict until(WallTime moment) &&
    {
        if (!valid_until_ || moment < *valid_until_)
            valid_until_ = moment;
        return std::move(*this);
    }

    bool granted() const { return reason_ == Reason::granted; }
    bool denied() const { return !granted() && !is_outage(reason_); }
    bool unavailable() const { return is_outage(reason_); }

    Reason reason() const { return reason_; }
    /// The reason as the person may learn it.
    Reason told() const { return unproven_ && denied() ? Reason::wrong_password : reason_; }
    const std::string& detail() const { return detail_; }
    /// Set when granted, and on a refusal where the person was found.
    const std::optional<Person>& person() const { return person_; }
    std::optional<WallTime> valid_until() const { return valid_until_; }

private:
    Verdict(Reason reason, std::string detail, std::optional<Person> person, std::optional<WallTime> valid_until)
        : reason_(reason), detail_(std::move(detail)), person_(std::move(person)), valid_until_(valid_until)
    {
    }

    Reason reason_;
    bool unproven_ = false;
    std::string detail_;
    std::optional<Person> person_;
    std::optional<WallTime> valid_until_;
};

} // namespace gatehouse
