#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "codec/back.hpp"
#include "edge/repeated_warnings.hpp"
#include "edge/stores.hpp"
#include "edge/stream.hpp"

#include <string>

namespace gatehouse::edge
{

/// A connection to a store where the person is logged in.
struct OpenedStore {
    Stream stream;
    std::string told; ///< see codec::StoreDone
    std::string rest; ///< what the store has sent beyond it
};

/// Asks a server what it can do, unless that is known, and keeps it there. No server, or none that answers: nothing is
/// known, and a warning says so.
Awaitable<std::vector<std::string>> lines_of(boost::asio::io_context& io, std::shared_ptr<const Store> store,
                                             Protocol protocol, Deadline deadline, RepeatedWarnings& warnings);

/// Connects to the store and logs in there. Tells the store's health what it saw. `client` is told to stores that want
/// PROXY protocol. Errors: `unavailable` (the store is away or out of order, with its name and why), `deadline`,
/// `invalid` (it refuses the login).
Awaitable<Result<OpenedStore>> log_in_at(boost::asio::io_context& io, const Store& store, Protocol protocol,
                                         codec::StoreWish wish, Deadline deadline);

} // namespace gatehouse::edge
