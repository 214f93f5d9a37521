#pragma once

#include "store/receipt.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store
{

// What the tables hold, one struct a table (schema.hpp), and what is asked of a database in one transaction.

/// A mailbox name that was fixed for a person.
struct MailboxRow {
    std::string realm;
    std::string id;
    std::string name;
};

/// A person was granted a login from a network.
struct NetworkRow {
    std::string realm;
    std::string id;
    std::string network;
    std::int64_t day = 0; ///< the last one, in days since 1970
};

/// What one writer has added to one bucket of a counter: the whole sum, so that writing it twice changes nothing.
struct StepsRow {
    std::string counter;
    std::chrono::seconds window{};
    std::int64_t writer = 0; ///< the authd process that counted: a random number of its own
    std::int64_t bucket = 0; ///< where the bucket begins, in milliseconds since 1970
    std::uint64_t steps = 0;
};

/// Bytes kept under a key; empty: forgotten.
struct KeptRow {
    std::string key;
    std::string bytes;
    std::int64_t day = 0;                             ///< when, in days since 1970
    std::vector<std::shared_ptr<Receipt>> receipts{}; ///< who waits until it is written
};

/// One attempt at a person's password that a directory may count. Written by the authd process that makes it, when it
/// begins and when it ends.
struct AttemptRow {
    enum class State : std::uint8_t {
        under_way = 0,
        wrong = 1,
        right = 2, ///< those that ended before `at` count no longer
        over = 3,  ///< counts nothing
    };
    std::string realm;
    std::string id;
    std::int64_t writer = 0; ///< as in StepsRow
    std::int64_t number = 0; ///< of that process's attempts, from 1
    State state = State::under_way;
    std::int64_t at = 0;    ///< when it ended, or must have; for a right one when it began; milliseconds since 1970
    std::int64_t ends = 0;  ///< from when on it counts no longer, whatever became of it
    std::int64_t place = 0; ///< its turn among the attempts of all nodes; given by the database, kept for ever
    std::vector<std::shared_ptr<Receipt>> receipts{}; ///< who waits until its place is known
};

/// A person's claim to the first free one of wanted, wanted2, wanted3, ...
struct Claim {
    std::string realm;
    std::string id;
    std::string wanted;
    std::uint32_t number = 1; ///< where to begin: memory knows that those before are taken
};

/// What became of a claim.
struct Settled {
    std::string name;    ///< the person's mailbox name from now on
    std::string rival{}; ///< who has the name that was tried first, as REALM/ID; empty: it was free
};

/// Writes of one transaction.
struct Batch {
    std::vector<Claim> claims{};
    std::vector<NetworkRow> networks{};
    std::vector<StepsRow> steps{};
    std::vector<KeptRow> kept{};
    std::vector<AttemptRow> attempts{};

    std::size_t size() const { return claims.size() + networks.size() + steps.size() + kept.size() + attempts.size(); }
    bool empty() const { return size() == 0; }
    /// What a power cut must not undo once it was told to somebody.
    bool must_last() const { return !claims.empty() || !kept.empty(); }
};

/// Takes rows as a database reads them out. Implementations do not throw.
class RowSink
{
public:
    virtual ~RowSink() = default;
    virtual void take(MailboxRow row) = 0;
    virtual void take(NetworkRow row) = 0;
    virtual void take(StepsRow row) = 0;
    virtual void take(KeptRow row) = 0;
    virtual void take(AttemptRow row) = 0;
};

/// Networks are known, and forgotten bytes remembered as forgotten, for so many days.
inline constexpr std::int64_t days_remembered = 30;

inline std::int64_t day_of(std::chrono::system_clock::time_point at)
{
    return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

inline std::int64_t milliseconds_of(std::chrono::system_clock::time_point at)
{
    return std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

} // namespace gatehouse::store
