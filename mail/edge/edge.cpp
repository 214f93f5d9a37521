#include "edge/edge.hpp"

#include "base/log.hpp"
#include "base/secret_file.hpp"
#include "edge/config.hpp"
#include "edge/edge_collector.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <utility>

namespace gatehouse::edge
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

constexpr auto last_words_within = 3s;
constexpr auto metrics_retry_after = 1s;

std::size_t or_cores(std::size_t count)
{
    return count > 0 ? count : std::max(1U, std::thread::hardware_concurrency());
}

std::string key_of(const ListenerSettings& listener)
{
    return listener.name + ' ' + text_of(listener.listen);
}

} // namespace

Result<std::unique_ptr<Edge>> Edge::build(std::string config_file, Settings settings)
{
    std::unique_ptr<Edge> edge(new Edge(std::move(config_file), settings));
    auto setup = edge->set_up(std::move(settings));
    if (!setup)
        return std::unexpected(setup.error());
    edge->setups_.set(std::move(*setup));
    if (const auto adopted = edge->sockets_.adopt(); !adopted)
        return std::unexpected(adopted.error());
    if (const auto opened = edge->open_entrances(); !opened)
        return std::unexpected(opened.error());
    if (const auto opened = edge->open_metrics(); !opened)
        return std::unexpected(opened.error());
    return edge;
}

Result<void> Edge::check(const Settings& settings)
{
    TicketKeys tickets;
    if (!settings.tls.certificates.empty())
        if (const auto tls = ServerTls::load(settings.tls, tickets); !tls)
            return std::unexpected(tls.error());
    if (const auto placement = Placement::create(settings); !placement)
        return std::unexpected(placement.error());
    for (const StoreSettings& store : settings.stores)
        if (store.proxy_account)
            if (const auto password = read_secret_file(store.proxy_account->password_file); !password)
                return std::unexpected(password.error());
    return {};
}

Edge::Edge(std::string config_file, const Settings& settings) : config_file_(std::move(config_file))
{
    for (std::size_t i = 0; i < or_cores(settings.workers); ++i) {
        auto& running = *workers_.emplace_back(std::make_unique<Running>(shared_, settings.authd));
        running.thread = std::thread([&io = running.worker.io()] { io.run(); });
    }
}

Edge::~Edge()
{
    for (const auto& [key, entrances] : entrances_)
        for (const auto& entrance : entrances)
            entrance->close();
    end_sessions();
    for (const auto& running : workers_) {
        asio::post(running->worker.io(), [&worker = running->worker] { worker.authd().close(); });
        running->work.reset();
    }
    for (const auto& running : workers_)
        running->thread.join();
}

Result<std::shared_ptr<const Setup>> Edge::set_up(Settings settings)
{
    auto setup = std::make_shared<Setup>();
    boost::system::error_code error;
    setup->host = settings.host.empty() ? asio::ip::host_name(error) : settings.host;
    if (!settings.tls.certificates.empty()) {
        auto tls = ServerTls::load(settings.tls, ticket_keys_);
        if (!tls)
            return std::unexpected(tls.error());
        setup->tls = std::move(*tls);
    }
    auto placement = Placement::create(settings);
    if (!placement)
        return std::unexpected(placement.error());
    setup->placement = std::move(*placement);
    for (const ListenerSettings& listener : settings.listeners) {
        ListenerSetup& made = setup->listeners.emplace_back();
        made.settings = listener;
        made.front = {.host = setup->host,
                      .mechanisms = listener.mechanisms,
                      .starttls = listener.tls == TlsUse::starttls,
                      .passwords_in_clear = listener.passwords_in_clear,
                      .max_failures = settings.limits.max_failures};
        for (const std::string& proxy : listener.proxies)
            made.proxies.add(proxy);
    }
    setup->settings = std::move(settings);
    return setup;
}

/// Opens what the setup names and closes what it does not name any more.
Result<void> Edge::open_entrances()
{
    const auto setup = setups_.get();
    if (auto opened = sockets_.open_for(setup->settings.listeners); !opened)
        return opened;
    std::map<std::string, std::vector<std::shared_ptr<Entrance>>> wanted;
    for (const ListenerSettings& listener : setup->settings.listeners) {
        auto& entrances = wanted[key_of(listener)];
        if (auto running = entrances_.extract(key_of(listener))) {
            entrances = std::move(running.mapped());
            continue;
        }
        for (const auto& running : workers_) {
            Descriptor own(::fcntl(sockets_.of(listener), F_DUPFD_CLOEXEC, 0));
            if (!own.is_open())
                return unavailable("listener " + listener.name + ": no descriptor is free");
            entrances.push_back(Entrance::open(running->worker, setups_, listener.name, std::move(own)));
        }
    }
    for (const auto& [key, entrances] : std::exchange(entrances_, std::move(wanted)))
        for (const auto& entrance : entrances)
            entrance->close();
    return {};
}

/// The process before this one may still have the page's place; people's mail does not wait for that.
Result<void> Edge::open_metrics()
{
    const std::string listen = setups_.get()->settings.metrics_listen;
    if (listen.empty())
        return {};
    auto page = metrics::Page::open(io_, {.listen = listen});
    if (!page && page.error().kind == ErrorKind::invalid)
        return std::unexpected(page.error());
    if (page) {
        metrics_ = std::move(*page);
        metrics_->add(std::make_shared<EdgeCollector>(shared_, setups_));
        metrics_->start();
        return {};
    }
    if (!std::exchange(metrics_wait_, true))
        log::warn("{}; it is tried again every second", page.error().text);
    metrics_retry_.expires_after(metrics_retry_after);
    metrics_retry_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            (void)open_metrics();
    });
    return {};
}

void Edge::run()
{
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2, SIGCHLD})
        signals_.add(signal);
    wait_for_signal();
    tell_watchdog();
    log::info("gatehouse-mailgate {}: {} listeners, {} workers, asking authd at {}", GATEHOUSE_VERSION,
              entrances_.size(), workers_.size(), setups_.get()->settings.authd);
    ::sd_notify(0, "READY=1");
    relieve_predecessor();
    io_.run();
}

void Edge::wait_for_signal()
{
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error)
            return;
        if (signal == SIGTERM || signal == SIGINT)
            return drain();
        if (signal == SIGUSR2)
            hand_over();
        else if (signal == SIGCHLD)
            reap_successor();
        else
            tell_reload();
        wait_for_signal();
    });
}

void Edge::tell_reload()
{
    ::sd_notify(0, "RELOADING=1");
    if (const auto reloaded = reload(); !reloaded)
        log::error("reload: the old configuration stays in force:\n{}", reloaded.error().text);
    ::sd_notify(0, "READY=1");
}

void Edge::hand_over()
{
    if (successor_ != 0)
        return log::warn("process {} is taking over already", successor_);
    const auto sockets = sockets_.all();
    const auto started = start_successor(program_, sockets);
    if (!started)
        return log::error("no other process can be started: {}", started.error().text);
    successor_ = *started;
    log::info("process {} is starting to take over", successor_);
}

/// A successor that ends before this process has failed: it said why.
void Edge::reap_successor()
{
    int status = 0;
    if (successor_ == 0 || ::waitpid(successor_, &status, WNOHANG) != successor_)
        return;
    log::error("process {} could not take over and has ended: this one goes on", successor_);
    successor_ = 0;
}

Result<void> Edge::reload()
{
    auto settings = read_settings(config_file_);
    if (!settings)
        return std::unexpected(settings.error());
    const auto before = setups_.get();
    auto setup = set_up(std::move(*settings));
    if (!setup)
        return std::unexpected(setup.error());
    const bool needs_restart = (*setup)->settings.authd != before->settings.authd ||
                               (*setup)->settings.workers != before->settings.workers ||
                               (*setup)->settings.secret_memory != before->settings.secret_memory ||
                               (*setup)->settings.metrics_listen != before->settings.metrics_listen;
    setups_.set(*setup);
    if (const auto opened = open_entrances(); !opened) {
        setups_.set(before);
        return opened;
    }
    log::set_up((*setup)->settings.log_level);
    log::info("reload: the configuration of {} is in force{}", config_file_,
              needs_restart ? "; authd, metrics and process change at the next restart" : "");
    return {};
}

void Edge::tell_watchdog()
{
    std::uint64_t interval_us = 0;
    if (::sd_watchdog_enabled(0, &interval_us) <= 0)
        return;
    ::sd_notify(0, "WATCHDOG=1");
    watchdog_.expires_after(std::chrono::microseconds(interval_us / 3));
    watchdog_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            tell_watchdog();
    });
}

/// Accepts no more; who is logged in goes on for a while.
void Edge::drain()
{
    if (successor_ != 0)
        ::sd_notifyf(0, "MAINPID=%d", static_cast<int>(successor_));
    else
        ::sd_notify(0, "STOPPING=1");
    const auto within = setups_.get()->settings.shutdown;
    log::info("shutting down: {} connections are open, for {} at most", shared_.everybody.size(), within);
    for (const auto& [key, entrances] : std::exchange(entrances_, {}))
        for (const auto& entrance : entrances)
            entrance->close();
    sockets_.close();
    metrics_retry_.cancel();
    if (metrics_)
        metrics_->close();
    wait_until_empty(Clock::now() + within);
}

void Edge::wait_until_empty(Deadline by)
{
    if (shared_.everybody.size() == 0)
        return io_.stop();
    if (Clock::now() >= by) {
        if (std::exchange(ended_, true)) {
            log::warn("shutting down: {} connections were cut", shared_.everybody.size());
            return io_.stop();
        }
        end_sessions();
        by = Clock::now() + last_words_within;
    }
    drained_.expires_after(20ms);
    drained_.async_wait([this, by](const boost::system::error_code&) { wait_until_empty(by); });
}

void Edge::end_sessions()
{
    for (const auto& running : workers_)
        asio::post(running->worker.io(), [&worker = running->worker] { worker.end_all(); });
}

} // namespace gatehouse::edge
