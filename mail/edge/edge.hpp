#pragma once

#include "base/snapshot.hpp"
#include "edge/entrance.hpp"
#include "edge/handover.hpp"
#include "edge/listening.hpp"
#include "edge/ticket_keys.hpp"
#include "edge/worker.hpp"
#include "metrics/page.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::edge
{

/// Builds every part in order, reloads, and ends. Its own thread does no more than that; the workers serve.
class Edge
{
public:
    /// Errors: `invalid` (certificates and the like, with the file), `unavailable` (a listener, with its address).
    static Result<std::unique_ptr<Edge>> build(std::string config_file, Settings settings);
    ~Edge();

    /// Reads the files that the settings name: certificates, keys, authorities, passwords of proxy accounts. Error:
    /// `invalid`, with the file.
    static Result<void> check(const Settings& settings);

    /// Until SIGTERM or SIGINT, and then until the sessions are over, or were ended.
    void run();

private:
    struct Running {
        Running(Shared& shared, const std::string& authd) : worker(shared, authd) {}
        Worker worker;
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{worker.io().get_executor()};
        std::thread thread;
    };

    Edge(std::string config_file, const Settings& settings);
    Result<std::shared_ptr<const Setup>> set_up(Settings settings);
    Result<void> open_entrances();
    Result<void> open_metrics();
    void wait_for_signal();
    Result<void> reload();
    void tell_reload();
    void hand_over();
    void reap_successor();
    void tell_watchdog();
    void drain();
    void wait_until_empty(Deadline by);
    void end_sessions();

    const std::string config_file_;
    const std::string program_ = program_file();
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_};
    boost::asio::steady_timer watchdog_{io_};
    boost::asio::steady_timer drained_{io_};
    boost::asio::steady_timer metrics_retry_{io_};
    TicketKeys ticket_keys_;
    Shared shared_;
    Snapshot<Setup> setups_{nullptr};
    ListeningSockets sockets_;
    std::vector<std::unique_ptr<Running>> workers_;
    std::map<std::string, std::vector<std::shared_ptr<Entrance>>> entrances_; // by the listener's name and address
    pid_t successor_ = 0;                                                     // 0: none
    std::shared_ptr<metrics::Page> metrics_; // null: none is configured, or its place is taken still
    bool metrics_wait_ = false;              // ... which was told
    bool ended_ = false;                     // sessions were told to end
};

} // namespace gatehouse::edge
