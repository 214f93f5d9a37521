#pragma once

#include "app/config.hpp"
#include "app/realms.hpp"
#include "app/status_collector.hpp"
#include "app/workers.hpp"
#include "base/blocking_pool.hpp"
#include "door/control.hpp"
#include "door/dovecot_logins.hpp"
#include "door/listener.hpp"
#include "gate/audit.hpp"
#include "gate/gate.hpp"
#include "gate/session_judge.hpp"
#include "gate/shared_kicks.hpp"
#include "metrics/page.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::app
{

/// The daemon: builds every part in order, accepts connections, reloads, shuts down. Parts end in reverse order, so a
/// part may use those above it for as long as it lives.
class House : public door::Control
{
public:
    /// Error: why the daemon cannot start (a socket, the audit file, the secret memory).
    static Result<std::unique_ptr<House>> build(std::string config_file, Config config);
    ~House() override;

    /// Serves until SIGTERM or SIGINT, then finishes what is under way within `process.shutdown`. SIGHUP reloads.
    /// False: logins were still under way at that limit, or calls of winbind are, so the House cannot be taken down in
    /// order; the audit is written, and the process should end without destructors.
    bool run();

    Figures figures() const;
    boost::json::object status() const override;
    Awaitable<Result<std::string>> reload() override;

private:
    using Listeners = std::map<std::string, std::shared_ptr<door::Listener>, std::less<>>; // by socket path

    /// What must be had before anything else is built.
    struct Foundations {
        std::unique_ptr<gate::AuditLog> audit;
        std::unique_ptr<gate::Proofs> proofs;
        std::shared_ptr<store::Store> store;
        std::shared_ptr<gate::LoginMetrics> metrics;
        std::unique_ptr<gate::StoreSecrets> store_secrets;
    };
    static Result<Foundations> lay_foundations(const Config& config);

    House(std::string config_file, Config config, Foundations foundations);
    Result<void> open_realms();
    Result<void> open_metrics();
    Result<void> open_listeners();
    std::shared_ptr<door::Door> door_for(door::DoorKind kind);
    Result<Listeners> listeners_for(const Config& config);
    Result<std::string> reload_now();
    void wait_for_signal();
    void tell_watchdog();
    void shut_down();
    void wait_until_drained(Deadline by);

    const std::string config_file_;
    Config config_;
    const Deadline started_ = Clock::now();
    const Foundations foundations_;
    gate::AuditLog& audit_ = *foundations_.audit;
    gate::Shield shield_;
    gate::Flights flights_;
    gate::LiveSessions sessions_;
    boost::asio::io_context context_{1}; // signals, timers, reloads: the thread that calls run()
    BlockingPool network_;
    BlockingPool compute_;
    BlockingPool winbind_; // its own: a call of winbind may block for minutes
    Realms realms_;
    gate::Gate gate_;
    gate::SessionJudge session_judge_{context_, gate_};
    gate::SharedKicks shared_kicks_{context_, *foundations_.store, sessions_};
    door::DovecotLogins dovecot_logins_;
    Workers workers_;
    std::map<door::DoorKind, std::shared_ptr<door::Door>> doors_;
    std::shared_ptr<metrics::Page> metrics_; // null: none is configured
    boost::asio::signal_set signals_{context_};
    boost::asio::steady_timer watchdog_{context_};
    boost::asio::steady_timer drained_{context_};
    mutable std::mutex listeners_mutex_;
    Listeners listeners_;
};

} // namespace gatehouse::app
