#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "base/snapshot.hpp"
#include "door/door.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::door
{

/// One Unix socket and the door behind it. The first of its workers accepts: connections that last are dealt out,
/// others it serves itself and calls the other workers for help when it cannot keep up
/// (docs/adr/0008-workers-accept.md). Owned by shared_ptr: connections that are open outlive it being closed. `start`,
/// `close` and `set_settings` come from one thread at a time.
class Listener : public std::enable_shared_from_this<Listener>
{
public:
    /// Makes the socket with its owner, group and mode before it listens, replacing one that nobody serves any more.
    /// The workers outlive it. Error: `invalid` (no such user, path in use by another program) or `unavailable`, with
    /// the path.
    static Result<std::shared_ptr<Listener>> open(std::span<Worker* const> workers, ListenerSettings settings,
                                                  std::shared_ptr<Door> door);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void start();
    /// Stops accepting and removes the socket; open connections go on.
    void close();

    /// Replaces pins, account and limits for connections to come (the socket and the door stay).
    void set_settings(ListenerSettings settings);
    std::shared_ptr<const ListenerSettings> settings() const { return settings_.get(); }
    const Counters& counters() const { return counters_; }

private:
    class Entrance; // where the first worker accepts; it keeps the listener, not the other way round
    struct Helper {
        explicit Helper(Worker& on) : worker(on) {}
        Worker& worker;
        std::atomic<bool> called{false}; // and not done yet
    };
    enum class Row { ended, full, failed };

    Listener(std::span<Worker* const> workers, std::shared_ptr<const ListenerSettings> settings,
             std::shared_ptr<Door> door);
    Row accept_row(Worker& worker, int listening);
    void call_help(int listening);
    void help(Helper& helper, Descriptor listening);
    void take(Worker& acceptor, Descriptor socket);
    static Awaitable<void> serve(std::shared_ptr<Listener> self, std::shared_ptr<const ListenerSettings> settings,
                                 Worker& worker, Descriptor socket);

    const std::vector<Worker*> workers_;
    Snapshot<ListenerSettings> settings_;
    const std::shared_ptr<Door> door_;
    Counters counters_;
    std::size_t turn_ = 0;                  // of the worker that gets the next connection that lasts
    std::deque<Helper> helpers_;            // none for connections that last
    std::uint64_t inode_ = 0;               // of the socket file, so that only our own is removed
    std::shared_ptr<Entrance> not_started_; // until start()
    std::weak_ptr<Entrance> entrance_;      // from then on
};

} // namespace gatehouse::door
