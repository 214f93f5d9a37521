#pragma once

#include "base/result.hpp"
#include "identity/person.hpp"
#include "store/rows.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse::store
{

/// Where the rows lie for good. Used by one thread at a time. Every call blocks, for seconds at most but for what has
/// to read much. After an error of kind `unavailable` the caller opens it again and repeats the call; repeating a write
/// that was in fact done changes nothing.
class Database
{
public:
    virtual ~Database() = default;

    /// "sqlite", "postgresql"
    virtual std::string_view kind() const = 0;

    /// Whether an authd may start while it is away.
    virtual bool may_be_away() const { return false; }
    /// Whether other nodes may write to it while this one does.
    virtual bool is_shared() const { return false; }

    /// Opens it unless it is open; makes its tables or brings them up to date. Error: `unavailable` when it is away,
    /// `invalid` when somebody must act; the sentence says how.
    virtual Result<void> open() = 0;

    /// Reads what may have changed since the last call that succeeded, by whomever: at the first call everything. All
    /// of it is the state of one moment.
    virtual Result<void> read_news(RowSink& sink) = 0;

    /// Does all of it in one transaction, or nothing. Returns what became of each claim, in their order. Error:
    /// `invalid` when the database refuses something of it for good.
    virtual Result<std::vector<Settled>> apply(const Batch& batch) = 0;

    /// Deletes some of what counts no longer: old networks, counters' steps, forgotten bytes. True: there is more.
    virtual Result<bool> forget(WallTime now) = 0;

    /// Says that this authd is here. Returns how many are, this one included.
    virtual Result<std::uint32_t> greet() { return 1; }
    /// Says that it leaves.
    virtual void leave() {}
    /// How many others are here.
    virtual Result<std::uint32_t> others() { return 0; }

    /// Readable when others may have written; -1: nobody else can.
    virtual int news_descriptor() const { return -1; }
    /// Takes what made the descriptor readable. True: others have written.
    virtual Result<bool> news_came() { return false; }
};

/// What a database is opened for.
enum class Purpose : std::uint8_t {
    serve, ///< by an authd, or to fill it: alone where it can be only one's
    copy,  ///< to read it out beside an authd: changes nothing
};

/// Not open yet. `writer`: the number of this process (StepsRow). Error: `invalid` settings.
Result<std::unique_ptr<Database>> make_database(const StoreSettings& settings, Purpose purpose, std::int64_t writer);

} // namespace gatehouse::store
