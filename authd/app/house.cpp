#include "app/house.hpp"

#include "app/store_keys.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "door/dovecot_door.hpp"
#include "door/dovecot_userdb_door.hpp"
#include "door/extauth_door.hpp"
#include "door/native_door.hpp"
#include "door/saslauthd_door.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/chrono.h>
#include <systemd/sd-daemon.h>

#include <csignal>

namespace gatehouse::app
{

namespace asio = boost::asio;

namespace
{
constexpr std::size_t winbind_threads = 8;
using StoreKeys = std::shared_ptr<const gate::StoreSecrets::Keys>;

std::size_t or_cores(std::size_t count)
{
    return count > 0 ? count : std::max(1U, std::thread::hardware_concurrency());
}

/// What a reload cannot change, for the message to the administrator.
std::string needs_restart(const Config& old_config, const Config& new_config)
{
    std::vector<std::string> keys;
    auto note = [&](bool differs, const char* key) {
        if (differs)
            keys.emplace_back(key);
    };
    note(old_config.process.workers != new_config.process.workers, "process.workers");
    note(old_config.process.secret_memory != new_config.process.secret_memory, "process.secret_memory");
    note(old_config.process.network_threads != new_config.process.network_threads, "process.network_threads");
    note(old_config.process.compute_threads != new_config.process.compute_threads, "process.compute_threads");
    note(old_config.process.replay_cache != new_config.process.replay_cache, "process.replay_cache");
    note(old_config.process.proof_memory != new_config.process.proof_memory, "process.proof_memory");
    note(old_config.audit != new_config.audit, "audit");
    note(old_config.store != new_config.store, "store");
    note(old_config.metrics_listen != new_config.metrics_listen, "metrics.listen");
    return text::join(keys, ", ");
}
} // namespace

Result<std::unique_ptr<House>> House::build(std::string config_file, Config config)
{
    SecretArena::install(nullptr); // what checking the secret files used: the memlock limit need not hold both
    auto arena = SecretArena::create(config.process.secret_memory, SecretArena::Locking::required);
    if (!arena)
        return std::unexpected(arena.error());
    SecretArena::install(std::move(*arena));
    auto foundations = lay_foundations(config);
    if (!foundations)
        return std::unexpected(foundations.error());
    std::unique_ptr<House> house(new House(std::move(config_file), std::move(config), std::move(*foundations)));
    if (auto opened = house->open_realms(); !opened)
        return std::unexpected(opened.error());
    if (auto opened = house->open_metrics(); !opened)
        return std::unexpected(opened.error());
    if (auto opened = house->open_listeners(); !opened)
        return std::unexpected(opened.error());
    return house;
}

Result<House::Foundations> House::lay_foundations(const Config& config)
{
    auto audit = gate::AuditLog::open(config.audit.file);
    if (!audit)
        return std::unexpected(audit.error());
    auto proofs = gate::Proofs::create(config.process.proof_memory);
    if (!proofs)
        return std::unexpected(proofs.error());
    auto store = store::open_store(config.store);
    if (!store)
        return std::unexpected(store.error());
    auto store_secrets = gate::StoreSecrets::create(std::chrono::system_clock::now());
    if (!store_secrets)
        return std::unexpected(store_secrets.error());
    return Foundations{std::move(*audit), std::move(*proofs), std::move(*store), std::make_shared<gate::LoginMetrics>(),
                       std::move(*store_secrets)};
}

House::House(std::string config_file, Config config, Foundations foundations)
    : config_file_(std::move(config_file)),
      config_(std::move(config)),
      foundations_(std::move(foundations)),
      network_("network calls", config_.process.network_threads, config_.process.network_threads * 4),
      compute_("password hashes", or_cores(config_.process.compute_threads), 256),
      winbind_("calls of winbind", winbind_threads, winbind_threads * 4),
      realms_(network_, compute_, winbind_, *foundations_.proofs),
      gate_(std::make_shared<const gate::Rules>(), audit_,
            {*foundations_.proofs, shield_, flights_, *foundations_.store, *foundations_.metrics,
             *foundations_.store_secrets, sessions_}),
      workers_(or_cores(config_.process.workers))
{
}

House::~House()
{
    for (const auto& [path, listener] : listeners_)
        listener->close();
    if (!metrics_)
        return;
    metrics_->close();
    context_.restart(); // requests of the page end while what they ask is there
    context_.poll();
}

std::shared_ptr<door::Door> House::door_for(door::DoorKind kind)
{
    auto& made = doors_[kind];
    if (made)
        return made;
    switch (kind) {
    case door::DoorKind::saslauthd: return made = std::make_shared<door::SaslauthdDoor>(gate_);
    case door::DoorKind::dovecot: return made = std::make_shared<door::DovecotDoor>(gate_, dovecot_logins_);
    case door::DoorKind::dovecot_userdb:
        return made = std::make_shared<door::DovecotUserdbDoor>(gate_, dovecot_logins_);
    case door::DoorKind::extauth: return made = std::make_shared<door::ExtauthDoor>(gate_);
    case door::DoorKind::native: return made = std::make_shared<door::NativeDoor>(gate_, *this);
    }
    return made;
}

/// The listeners of a configuration: those that have the socket and the door already, and new ones. Nothing that runs
/// changes here, so that a fault in a new listener leaves the old configuration whole.
Result<House::Listeners> House::listeners_for(const Config& config)
{
    Listeners wanted;
    for (const door::ListenerSettings& settings : config.listeners) {
        const auto running = listeners_.find(settings.socket.path);
        if (running != listeners_.end()) {
            const auto now = running->second->settings();
            if (now->socket == settings.socket && now->door == settings.door) {
                wanted.emplace(settings.socket.path, running->second);
                continue;
            }
            return invalid("listener " + settings.pins.listener + ": the owner, mode or door of " +
                           settings.socket.path + " cannot change while it is open: restart, or choose another path");
        }
        auto opened = door::Listener::open(workers_.in_turn(), settings, door_for(settings.door));
        if (!opened)
            return std::unexpected(opened.error());
        wanted.emplace(settings.socket.path, std::move(*opened));
    }
    return wanted;
}

Result<void> House::open_realms()
{
    auto rules = realms_.rules_for(config_);
    if (!rules)
        return std::unexpected(rules.error());
    gate_.set_rules(std::move(*rules));
    auto keys = read_store_keys(config_.store_key_files);
    if (!keys)
        return std::unexpected(keys.error());
    foundations_.store_secrets->set_keys(std::move(*keys));
    return {};
}

Result<void> House::open_metrics()
{
    if (config_.metrics_listen.empty())
        return {};
    auto page = metrics::Page::open(context_, {.listen = config_.metrics_listen});
    if (!page)
        return std::unexpected(page.error());
    metrics_ = std::move(*page);
    metrics_->add(foundations_.metrics);
    metrics_->add(std::make_shared<StatusCollector>([this] { return figures(); }));
    metrics_->start();
    return {};
}

Result<void> House::open_listeners()
{
    auto opened = listeners_for(config_);
    if (!opened)
        return std::unexpected(opened.error());
    listeners_ = std::move(*opened);
    for (const auto& [path, listener] : listeners_)
        listener->start();
    return {};
}

bool House::run()
{
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.add(SIGHUP);
    wait_for_signal();
    tell_watchdog();
    session_judge_.start();
    shared_kicks_.start();
    for (const std::string& warning : config_.warnings)
        log::warn("{}", warning);
    log::info("gatehouse-authd {}: {} realms, {} listeners, {} workers", GATEHOUSE_VERSION, config_.realms.size(),
              listeners_.size(), workers_.size());
    ::sd_notify(0, "READY=1");
    context_.run();
    if (workers_.connections() == 0 && winbind_.under_way() == 0) // else a destructor would wait for winbind
        return true;
    audit_.flush();
    return false;
}

void House::wait_for_signal()
{
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error)
            return;
        if (signal != SIGHUP)
            return shut_down();
        if (const auto reloaded = reload_now(); !reloaded)
            log::error("reload: the old configuration stays in force:\n{}", reloaded.error().text);
        wait_for_signal();
    });
}

Awaitable<Result<std::string>> House::reload()
{
    auto on_own_thread = [](House& house) -> Awaitable<Result<std::string>> { co_return house.reload_now(); };
    Result<std::string> reloaded = co_await asio::co_spawn(context_, on_own_thread(*this), use_awaitable);
    co_return reloaded;
}

Result<std::string> House::reload_now()
{
    audit_.reopen(); // also when the new file is bad: logrotate has moved the old one away
    ::sd_notify(0, "RELOADING=1");
    auto config = read_config(config_file_);
    auto listeners = config ? listeners_for(*config) : Result<Listeners>(std::unexpected(config.error()));
    auto rules = listeners ? realms_.rules_for(*config)
                           : Result<std::shared_ptr<const gate::Rules>>(std::unexpected(listeners.error()));
    auto store_keys =
        rules ? read_store_keys(config->store_key_files) : Result<StoreKeys>(std::unexpected(rules.error()));
    ::sd_notify(0, "READY=1");
    if (!store_keys)
        return std::unexpected(store_keys.error());
    const std::string restart = needs_restart(config_, *config);
    gate_.set_rules(std::move(*rules));
    foundations_.store_secrets->set_keys(std::move(*store_keys));
    for (const door::ListenerSettings& settings : config->listeners)
        listeners->at(settings.socket.path)->set_settings(settings);
    for (const auto& [path, listener] : *listeners)
        if (!listeners_.contains(path))
            listener->start();
    for (const auto& [path, listener] : listeners_)
        if (!listeners->contains(path))
            listener->close();
    {
        const std::lock_guard lock(listeners_mutex_);
        listeners_ = std::move(*listeners);
    }
    log::set_up(config->log_level);
    for (const std::string& warning : config->warnings)
        log::warn("{}", warning);
    config_ = std::move(*config);
    std::string message = "the configuration of " + config_file_ + " is in force" +
                          (restart.empty() ? "" : "; these keys change at the next restart: " + restart);
    log::info("reload: {}", message);
    return message;
}

/// Tells systemd that we live while every worker's thread answers; a hung one lets the watchdog restart us.
void House::tell_watchdog()
{
    std::uint64_t interval_us = 0;
    if (::sd_watchdog_enabled(0, &interval_us) <= 0)
        return;
    if (workers_.all_alive())
        ::sd_notify(0, "WATCHDOG=1");
    workers_.ping();
    watchdog_.expires_after(std::chrono::microseconds(interval_us / 3));
    watchdog_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            tell_watchdog();
    });
}

void House::shut_down()
{
    log::info("shutting down: {} connections are open", workers_.connections());
    ::sd_notify(0, "STOPPING=1");
    for (const auto& [path, listener] : listeners_)
        listener->close();
    workers_.drain();
    wait_until_drained(Clock::now() + config_.process.shutdown);
}

void House::wait_until_drained(Deadline by)
{
    const std::size_t open = workers_.connections();
    if (open == 0 || Clock::now() >= by) {
        if (open > 0)
            log::warn("shutting down: {} connections were cut after {}", open, config_.process.shutdown);
        context_.stop();
        return;
    }
    drained_.expires_after(std::chrono::milliseconds(10));
    drained_.async_wait([this, by](const boost::system::error_code&) { wait_until_drained(by); });
}

} // namespace gatehouse::app
