#pragma once

#include "support/reply.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// What the directory said about somebody when, and which verdicts a login may therefore have had. No clock is read
// here.

namespace gatehouse::soak
{

using integration::Told;
using Moment = std::chrono::steady_clock::time_point;

/// What decides a person's logins, as the directory's administrators made it.
struct PersonState {
    std::string password;
    bool exists = true;
    bool in_scope = true; ///< below the folder of the directory from which the realm's people come
    bool disabled = false;
    bool locked = false;
    bool staff = false; ///< of the group that the service for staff admits

    bool operator==(const PersonState&) const = default;
};

std::string described(const PersonState& state);

/// What a login shows, and to which service.
struct Shown {
    std::string password;
    bool for_staff = false;
};

/// What somebody in exactly this state is told. Never unavailable.
Told verdict_of(const PersonState& state, const Shown& shown);

/// The states of one person, one after the other. The moment of a change is known only as an interval: the command
/// began before it and ended after it, so that two neighbouring states may both hold in between.
class PersonHistory
{
public:
    struct Held {
        PersonState state;
        Moment from;                  ///< it does not hold before
        Moment until = Moment::max(); ///< it does not hold after
    };

    explicit PersonHistory(PersonState first) : held_{{.state = std::move(first), .from = Moment::min()}} {}

    /// A change into `state` begins; moments never go back. Told before the command is given, so that a login that ends
    /// while the command runs is judged by both states.
    void begin(PersonState state, Moment at);
    /// The change that began last is made.
    void end(Moment at);

    /// The one that the last change leads to.
    const PersonState& last() const { return held_.back().state; }
    /// May `told` be the verdict of a login that saw a state held at any moment of [from, to]?
    bool allows(Told told, const Shown& shown, Moment from, Moment to) const;
    const std::vector<Held>& all() const { return held_; }
    /// Passwords that were right once and are not now; newest first, each once.
    std::vector<std::string> old_passwords() const;

private:
    std::vector<Held> held_;
};

/// The times at which a server was taken away. Each lasts until it is back and has had time to settle.
class Outages
{
public:
    explicit Outages(std::chrono::milliseconds settling) : settling_(settling) {}

    void begin(Moment at) { away_.push_back({.from = at}); }
    void end(Moment at) { away_.back().until = at + settling_; }

    /// Was it away, or not settled, at any moment of [from, to]?
    bool touch(Moment from, Moment to) const;
    /// `from`, or the begin of the outage through which what was known then was still the newest.
    Moment before(Moment from, Moment to, std::chrono::milliseconds promise) const;
    std::size_t count() const { return away_.size(); }

private:
    struct Away {
        Moment from;
        Moment until = Moment::max();
    };
    std::vector<Away> away_;
    std::chrono::milliseconds settling_;
};

/// One login as its client saw it.
struct Login {
    Shown shown;
    Moment begun;
    Moment ended;
    Told told = Told::unavailable;
};

enum class Judgement : std::uint8_t {
    right,
    put_off_by_outage, ///< unavailable while the directory or authd was away
    put_off,           ///< unavailable, and nothing was away: right only if authd can name a reason
    wrong
};

/// Judges logins by the rule of the promise: a change holds everywhere within `promise`. While the directory is away
/// nothing can be learned from it; what held when it went away may be answered until it is back and settled.
/// Source: DESIGN.md, "Proofs, People, Feed".
Judgement judge(const Login& login, const PersonHistory& person, const Outages& directory, const Outages& authd,
                std::chrono::milliseconds promise);

} // namespace gatehouse::soak
