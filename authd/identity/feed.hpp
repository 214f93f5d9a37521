#pragma once

#include "base/deadline.hpp"
#include "identity/person.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse
{

// What a directory's feed tells the mirror of its people (authd/people). Objects are told whole; links between them are
// keys: any text that both ends call the same (a normalised DN, a GUID, a SID, "uid:NAME"). A key that nobody has yet
// links as soon as somebody does.

struct PersonRecord {
    Person person;                        ///< all of Detail::account, with its stable `id`; `groups` empty
    std::vector<std::string> other_names; ///< further short names (a second uid)
    std::vector<std::string> keys;        ///< what group records call this person
    std::vector<std::string> member_of; ///< keys of groups that the person's own entry names (primary group, memberOf)
};

struct GroupRecord {
    std::string id;   ///< stable: objectGUID, entryUUID
    std::string name; ///< short name, as configuration writes it
    std::string dn;   ///< empty in a `local` realm
    std::vector<std::string> keys;
    std::vector<std::string> members;   ///< keys of people and groups
    std::vector<std::string> member_of; ///< keys of groups that the entry itself names
};

/// Some objects as they are now. What is told of them happened after `since`, a moment at which the feed began to read
/// the state before: so whatever the directory said before `since` was said of the state before.
struct Changes {
    std::vector<PersonRecord> people{};
    std::vector<GroupRecord> groups{};
    std::vector<std::string> gone{}; ///< ids of people and groups that are deleted or out of scope
    Deadline since{};
    std::string server{}; ///< which server's state this is
};

/// When the directory locks an account because of wrong passwords.
struct LockoutPolicy {
    std::uint32_t threshold = 0;                  ///< wrong passwords that lock; 0: the directory never locks
    std::chrono::seconds window{1800};            ///< after which a wrong password no longer counts
    std::optional<std::chrono::seconds> duration; ///< of the lock; nothing: until an administrator ends it

    bool operator==(const LockoutPolicy&) const = default;
};

/// How near a person is to being locked out.
struct LockoutCount {
    std::uint32_t used = 0;              ///< wrong passwords that count now, whoever tried them
    std::optional<LockoutPolicy> policy; ///< the one that holds for this person; nothing: it cannot be read
};

/// What holds for a whole realm.
struct RealmFacts {
    std::optional<LockoutPolicy> lockout; ///< nothing: it cannot be read
    std::chrono::seconds old_password_period{
        0}; ///< the directory accepts the previous password for so long after a change
    bool qualified_names_any_suffix =
        true; ///< user@SUFFIX also means the short name `user`, whichever suffix was routed here
    std::vector<std::string>
        own_suffixes{}; ///< lower case; else only with one of these, or with a suffix without a dot

    bool operator==(const RealmFacts&) const = default;
};

struct FeedState {
    bool live = false;                     ///< changes arrive: the mirror is the truth, but for `bound`
    bool away = false;                     ///< not live because no server of the directory answers
    Deadline read_from{};                  ///< the mirror holds all that had happened at this moment at `server`
    std::chrono::milliseconds bound{2000}; ///< how old the mirror may be while live
    std::chrono::milliseconds bound_for_deletions{2000}; ///< the same for deletions, where those are found by sweeps
    std::string server{};
    std::string cursor{};  ///< where in the directory's changes it stands, for people
    std::string trouble{}; ///< why it is not live, or what it lacks; one sentence
};

/// Takes what a feed tells. Called from one thread, the feed's. Implementations are quick and never throw.
class FeedSink
{
public:
    virtual ~FeedSink() = default;

    virtual void learn(RealmFacts facts) = 0;
    /// Everything will be told anew.
    virtual void begin_sweep() = 0;
    virtual void take(Changes changes) = 0;
    /// What was not told since `begin_sweep` is gone. The first end of a sweep makes the mirror usable.
    virtual void end_sweep(Deadline since) = 0;
    /// Told at each poll, and whenever something of it changes.
    virtual void report(FeedState state) = 0;
};

} // namespace gatehouse
