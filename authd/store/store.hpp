#pragma once

#include "base/async.hpp"
#include "base/result.hpp"
#include "identity/person.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::store
{

struct StoreSettings {
    std::string file{};          ///< SQLite database; empty with `postgresql`
    std::string postgresql{};    ///< libpq connection string or URI without a password; empty: SQLite
    std::string password_file{}; ///< for PostgreSQL; empty: none
    std::string node{};          ///< this authd's name among several; empty: the host's

    bool operator==(const StoreSettings&) const = default;
};

struct StoreStatus {
    std::string kind{};        ///< "sqlite", "postgresql"
    bool usable = false;       ///< the last use of the database succeeded
    bool loaded = false;       ///< memory holds what the database held; false: it has been away since the start
    std::string trouble{};     ///< why it is not usable, one sentence
    std::uint64_t waiting = 0; ///< writes that wait for it
    std::uint64_t dropped = 0; ///< networks and counters' steps that found no room while they waited
    /// Authds that shared it within the last minute, this one included; while it is away, as many as there were. A
    /// caller that counts alone divides its budget by it.
    std::uint32_t nodes = 1;
    /// How much of what nodes share this one may use now: the Nth part. 1: all, since it hears of the others or is
    /// alone; 0: it is not known how many share it, so that next to nothing must do.
    std::uint32_t share_of = 1;
};

/// Of an attempt at a person's password.
struct AttemptTerms {
    std::string realm;
    std::string id;
    WallTime since{};              ///< wrong ones that ended before count no longer: the password was changed then
    WallTime until{};              ///< when it must have ended
    std::chrono::seconds window{}; ///< for so long a wrong one counts, 1 s to 31 days
};

/// An attempt that is under way, and what counted before it at all nodes.
struct Turn {
    std::int64_t number = 0;     ///< for `end_attempt`; 0: it is not counted, for want of room
    std::uint32_t wrong = 0;     ///< wrong ones within the window of each, since the last right one
    std::uint32_t under_way = 0; ///< and those of nodes that died, which may have been wrong
    std::uint32_t share_of = 1;  ///< as in StoreStatus
};

enum class AttemptEnd : std::uint8_t {
    wrong,     ///< so counts one, too, whose process died: for its window from `until` on
    right,     ///< the wrong ones that ended before it began count no longer
    undecided, ///< it counts nothing
};

/// What must survive a restart, and what several authds share. Reads come from memory that is filled at the start and
/// kept true; writes go to a thread of its own. While the database is away reads go on, writes wait (32 MiB at most),
/// and `status` says so. Thread-safe; no call waits for the database longer than two seconds; coroutines resume on
/// their caller's executor. Realms, ids, names, networks and keys are UTF-8 without control characters, 1 to 1,024
/// bytes. See README.md for what holds when the database is away, full, damaged or shared.
class Store
{
public:
    virtual ~Store() = default;

    /// The mailbox name that was fixed for a person; nothing: none yet, or the database has been away since the start
    /// (`StoreStatus::loaded`). Comes at every login: no exclusive lock, no allocation but for a long name.
    virtual std::optional<std::string> mailbox_of(std::string_view realm, std::string_view id) const = 0;
    /// Fixes the mailbox name of a person who has none: `wanted`, or, when that was ever given to somebody else, the
    /// first free one of wanted2, wanted3, ... (before an '@'). For ever; renames do not change it, and the names of
    /// people who are gone stay theirs. The case of ASCII letters makes no difference between names. Comes back when it
    /// is safe on disk. While the database is away or slow: what memory alone can tell, written later; if another node
    /// has given that name meanwhile, the person gets the next free one, and a warning with both names is logged.
    /// Error: `unavailable` when the database has been away since the start, `limit` when too many writes wait,
    /// `invalid` text.
    virtual Awaitable<Result<std::string>> claim_mailbox(std::string realm, std::string id, std::string wanted) = 0;

    /// A person was granted a login from a network (10.1.2.0/24). Written at most once a day for each pair. Ignored
    /// when the text cannot be stored.
    virtual void saw_network(std::string_view realm, std::string_view id, std::string_view network, WallTime now) = 0;
    /// Was that within the last 30 days?
    virtual bool knows_network(std::string_view realm, std::string_view id, std::string_view network,
                               WallTime now) const = 0;

    /// Adds `n` (0: only asks) to a counter whose steps are forgotten after `window` (1 s to 31 days; up to an eighth
    /// later); its sum with this step. The same key with another window is another counter. Never waits for the
    /// database: this node's steps and what it has heard of the others', which is theirs of some milliseconds ago;
    /// while the database is away, theirs of before. Error: `limit` with 200,000 counters alive, `invalid` key or
    /// window.
    virtual Awaitable<Result<std::uint64_t>> count(std::string key, std::chrono::seconds window, std::uint32_t n) = 0;
    /// Keeps bytes under a key (empty: forgets them). At most 64 KiB; 64 MiB in all. Comes back when they are safe on
    /// disk, while the database is away or slow at once. The last writer wins. Error: `limit`, `invalid` key.
    virtual Awaitable<Result<void>> keep(std::string key, std::string bytes) = 0;
    /// What is kept under a key, as far as this node has heard.
    virtual Awaitable<Result<std::optional<std::string>>> kept(std::string key) = 0;

    /// Begins an attempt at a person's password that the directory may count. It holds a place among the attempts of
    /// all nodes until `end_attempt`. With PostgreSQL it comes back when every attempt of other nodes that has an
    /// earlier place is known, some milliseconds; when that is not to be had within two seconds, with what is known and
    /// a `share_of` the budget. With SQLite at once.
    virtual Awaitable<Turn> begin_attempt(AttemptTerms terms) = 0;
    /// Never waits.
    virtual void end_attempt(std::int64_t number, AttemptEnd how) = 0;
    /// The wrong attempts at a person's password count no longer, at no node.
    virtual void forget_attempts(std::string_view realm, std::string_view id) = 0;

    virtual StoreStatus status() const = 0;
};

/// Opens or makes the database, brings its schema up to date and fills memory. Blocks. Error: why it cannot be used; a
/// PostgreSQL that is away at the start is no error but a store that is not usable yet.
/// The store's end writes what waits, for two seconds at most. It must outlive the coroutines that it serves.
Result<std::shared_ptr<Store>> open_store(const StoreSettings& settings);

/// How much a backup holds.
struct BackupSize {
    std::uint64_t mailboxes = 0;
    std::uint64_t networks = 0;
    std::uint64_t counters = 0;
    std::uint64_t kept = 0;
};

/// Writes all that the store holds at one moment into a file, which replaces an older one when it is whole; an authd
/// may run meanwhile. JSON lines, the same for SQLite and PostgreSQL, so that it also moves a store from one to the
/// other. Blocks. Error: one sentence.
Result<BackupSize> backup_store(const StoreSettings& settings, const std::string& file);

/// Fills an empty store from such a file; makes the store if there is none. Blocks. Error: one sentence; also when the
/// store holds mailbox names already, when an authd uses it, or when the file is not whole (nothing is written then).
Result<BackupSize> restore_store(const StoreSettings& settings, const std::string& file);

} // namespace gatehouse::store
