#pragma once

#include "base/result.hpp"
#include "store/mailboxes.hpp"
#include "store/receipt.hpp"
#include "store/rows.hpp"
#include "store/write_queue.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::store
{

/// Claims to mailbox names that the database has not settled yet. Memory chooses a name, the database has the last
/// word; where it is away or slow, memory's choice is handed out at once, and corrected when it proves wrong.
/// Thread-safe.
class Claims
{
public:
    Claims(Mailboxes& mailboxes, WriteQueue& queue) : mailboxes_(mailboxes), queue_(queue) {}

    /// A name that holds already, or a receipt to wait with.
    struct Begun {
        std::string name{};
        std::shared_ptr<Receipt> receipt{};
    };
    /// Error: `unavailable` as long as nothing was read from the database, since memory then knows nothing; `limit`
    /// when the queue is full or no name is free.
    Result<Begun> begin(std::string realm, std::string id, std::string wanted,
                        const boost::asio::any_io_executor& executor);
    /// The patience of whoever waits ended: memory's choice holds.
    Result<std::string> hand_out(const std::string& realm, const std::string& id);

    /// What the store's thread knows of the database.
    enum class Standing : std::uint8_t {
        unread, ///< away since the start
        away,
        there,
    };
    /// Away: everybody who waits gets memory's choice.
    void set_standing(Standing standing);
    void settle(const Claim& claim, const Settled& settled);
    /// The database will never take it.
    void reject(const Claim& claim, const Error& error);
    /// The store ends, and these were not written: says so, by name.
    void report_lost();

private:
    using Owner = std::pair<std::string, std::string>; ///< realm, id
    struct Pending {
        std::string choice;
        bool handed_out = false;
        std::vector<std::shared_ptr<Receipt>> receipts{};
    };

    Result<Pending*> pending_of(const Owner& owner, const std::string& wanted);
    void hand_out(const Owner& owner, Pending& pending);

    Mailboxes& mailboxes_;
    WriteQueue& queue_;
    std::mutex mutex_;
    Standing standing_ = Standing::unread;
    std::map<Owner, Pending> pending_;
};

} // namespace gatehouse::store
