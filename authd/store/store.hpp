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
    std::string file;       ///< SQLite database; empty with `postgresql`
    std::string postgresql; ///< libpq connection string without a password; empty: SQLite
    std::string password_file; ///< for PostgreSQL; empty: none
    std::string node;       ///< this authd's name among several; empty: the host's

    bool operator==(const StoreSettings&) const = default;
};

struct StoreStatus {
    std::string kind; ///< "sqlite", "postgresql"
    bool usable = true;
    std::string trouble{}; ///< why not, one sentence
    std::uint64_t waiting = 0; ///< writes that wait for it to come back
    std::uint32_t nodes = 1;   ///< authds that share it now, this one included
};

/// What must survive a restart, and what several authds share. Reads come from memory that is filled at the start and
/// kept true; writes go to a thread of its own. While the database is away reads go on, writes wait (bounded), and
/// `status` says so. Thread-safe; coroutines resume on their caller's executor.
class Store
{
public:
    virtual ~Store() = default;

    /// The mailbox name that was fixed for a person; nothing: none yet.
    virtual std::optional<std::string> mailbox_of(std::string_view realm, std::string_view id) const = 0;
    /// Fixes the mailbox name of a person who has none: `wanted`, or, when that was ever given to somebody else, the
    /// first free one of wanted2, wanted3, ... (before an '@'). For ever; renames do not change it. While the database
    /// is away: what memory alone can tell, written later.
    virtual Awaitable<Result<std::string>> claim_mailbox(std::string realm, std::string id, std::string wanted) = 0;

    /// A person was granted a login from a network (10.1.2.0/24). Written at most once a day for each pair.
    virtual void saw_network(std::string_view realm, std::string_view id, std::string_view network, WallTime now) = 0;
    /// Was that within the last 30 days?
    virtual bool knows_network(std::string_view realm, std::string_view id, std::string_view network,
                               WallTime now) const = 0;

    /// Adds `n` (0: only asks) to a counter whose steps are forgotten after `window`; its sum with this step. Shared by
    /// all nodes.
    virtual Awaitable<Result<std::uint64_t>> count(std::string key, std::chrono::seconds window, std::uint32_t n) = 0;
    /// Keeps bytes under a key (empty: forgets them), and tells what is kept. At most 64 KiB.
    virtual Awaitable<Result<void>> keep(std::string key, std::string bytes) = 0;
    virtual Awaitable<Result<std::optional<std::string>>> kept(std::string key) = 0;

    virtual StoreStatus status() const = 0;
};

/// Opens or makes the database, brings its schema up to date and fills memory. Blocks. Error: why it cannot be used; a
/// PostgreSQL that is away at the start is no error but a store that is not usable yet.
Result<std::shared_ptr<Store>> open_store(const StoreSettings& settings);

} // namespace gatehouse::store
