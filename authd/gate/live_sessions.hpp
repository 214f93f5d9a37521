#pragma once

#include "gate/rules.hpp"
#include "identity/person.hpp"
#include "identity/reason.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::gate
{

/// A session that a program keeps open for somebody who has logged in.
struct LiveSession {
    std::string realm;
    std::string person; ///< Person::id; empty: the directory gives none
    std::string name;   ///< Person::name
    std::string service;
    std::string client{}; ///< the person's address
    std::string store{};  ///< what serves them behind the program
    std::string listener{};
    std::uint64_t since = 0; ///< seconds since 1970
};

/// Why a session ends; both texts last as long as the program.
struct SessionEnd {
    std::string_view reason; ///< name_of(Reason), or "kicked"
    std::string_view text;   ///< what the person may be told
};

/// What a person may be told of a reason for which their session ends.
SessionEnd session_end(Reason reason);
inline constexpr SessionEnd kicked{"kicked", "an administrator has ended this session"};

using SessionNumber = std::uint64_t; ///< never used twice

struct EndedSession {
    SessionNumber number = 0;
    std::uint64_t tag = 0; ///< the holder's own
    SessionEnd end;
};

/// Who keeps sessions open: a connection of a door.
class SessionHolder
{
public:
    virtual ~SessionHolder() = default;
    /// These sessions must end; the registry has forgotten them. On any thread, under no lock; quick, never throws.
    virtual void end(std::vector<EndedSession> ended) = 0;
};

/// Which sessions: all of one person, or everybody's.
struct Whom {
    std::string realm{}; ///< empty: any
    std::string person{};
    std::string name{}; ///< compared where the id of either side is not known; empty too: everybody

    bool matches(const LiveSession& session) const;
};

/// Every session that programs keep open at this authd. A session lasts as long as its person could log in to its
/// service: judged by the same functions as a login, when it begins and at each `judge`. What is not known ends
/// nothing: without a mirror all go on, and somebody is gone only when a live mirror says so. Thread-safe; the lock is
/// held for some hundred people at once.
class LiveSessions
{
public:
    /// Takes a session. Error: it must not go on, and was not taken. When a judge ends it meanwhile, both tell.
    std::expected<SessionNumber, SessionEnd> hold(LiveSession session, std::weak_ptr<SessionHolder> holder,
                                                  std::uint64_t tag, const Rules& rules, WallTime now);
    /// It is over.
    void forget(SessionNumber number);

    /// Ends the sessions of everybody who could not log in now.
    void judge(const Rules& rules, WallTime now);
    /// Ends them, whatever the person may. Returns how many.
    std::size_t kick(const Whom& whom);

    /// Sessions behind number `after`, oldest first, as many as fit into `room` bytes of JSON, one at least.
    std::vector<std::pair<SessionNumber, LiveSession>> list(const Whom& whom, SessionNumber after,
                                                            std::size_t room) const;
    /// Everybody who has sessions and an id.
    std::vector<Whom> people() const;
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }
    /// Sessions that were ended since the start, by SessionEnd::reason.
    std::map<std::string_view, std::uint64_t> ended() const;

private:
    struct Owner {
        std::string realm;
        std::string person;
        std::string name; ///< only where there is no id

        auto operator<=>(const Owner&) const = default;
    };
    struct Held {
        LiveSession session;
        std::weak_ptr<SessionHolder> holder;
        std::uint64_t tag = 0;
    };
    class Ending;
    using Sessions = std::map<SessionNumber, Held>;

    static Owner owner_of(const LiveSession& session);
    void take_out(Sessions::iterator at);
    void end(Sessions::iterator at, SessionEnd why, Ending& ending);
    void judge_some(class SessionJudgement& judgement, Owner& after, Ending& ending);

    mutable std::mutex mutex_;
    Sessions sessions_;
    std::map<Owner, std::vector<Sessions::iterator>> people_;
    std::map<std::string_view, std::uint64_t> ended_;
    SessionNumber last_ = 0;
    std::atomic<std::size_t> size_{0};
};

} // namespace gatehouse::gate
