#pragma once

#include "base/async.hpp"
#include "gate/live_sessions.hpp"
#include "store/store.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace gatehouse::gate
{

/// Carries kicks to the other nodes that share a store, as steps of its counters: one of the person's, then one that
/// says that there is something to see. With the database away other nodes hear nothing. Somebody who was kicked and is
/// back within the same moment may lose that session, too. On the io_context's thread, but for `tell`.
class SharedKicks
{
public:
    /// All outlive it, and what `start` began.
    SharedKicks(boost::asio::io_context& io, store::Store& store, LiveSessions& sessions)
        : io_(io), store_(store), sessions_(sessions)
    {
    }

    /// All sessions of this person end at every node. Any thread.
    static Awaitable<void> tell(store::Store& store, Whom person);
    /// Hears of kicks from now on, for as long as the io_context runs.
    void start();

private:
    Awaitable<void> hear();
    Awaitable<void> forget_old();
    Awaitable<void> end_kicked();

    boost::asio::io_context& io_;
    store::Store& store_;
    LiveSessions& sessions_;
    std::map<std::string, std::uint64_t> heard_; // sums of people's counters, by key, that were carried out
};

} // namespace gatehouse::gate
