#pragma once

#include "base/descriptor.hpp"
#include "base/snapshot.hpp"
#include "edge/worker.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>

namespace gatehouse::edge
{

/// Where one worker accepts the connections of one listener; every worker has one of its own on the same socket. On the
/// worker's thread, `open` and `close` excepted; kept alive by its own wait.
class Entrance : public std::enable_shared_from_this<Entrance>
{
public:
    /// `listener`: its name in each setup. `setups` and `worker` outlive it.
    static std::shared_ptr<Entrance> open(Worker& worker, const Snapshot<Setup>& setups, std::string listener,
                                          Descriptor listening);
    /// Takes who has connected until now, then no more. From any thread.
    void close();

private:
    Entrance(Worker& worker, const Snapshot<Setup>& setups, std::string listener, Descriptor listening);
    void wait();
    bool accept_some();
    void take(Descriptor socket, boost::asio::ip::tcp protocol);
    void pause();

    Worker& worker_;
    const Snapshot<Setup>& setups_;
    const std::string listener_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
};

} // namespace gatehouse::edge
