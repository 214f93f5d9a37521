#include "directory/ldap_server.hpp"

#include "base/log.hpp"
#include "base/name_lookup.hpp"
#include "base/secret_file.hpp"
#include "directory/bind_verdict.hpp"
#include "directory/network_call.hpp"
#include "directory/tls_diagnosis.hpp"

#include <boost/asio/detached.hpp>
#include <sys/stat.h>

#include <algorithm>

namespace gatehouse::directory
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{
constexpr auto longest_back_off = 30s;
constexpr auto addresses_kept = 60s;
constexpr auto explanation_kept = 10s; // of a failed TLS handshake: each costs the server another one
constexpr auto watch_interval = 200ms;
constexpr auto patience = 700ms; // a server that owes an answer for longer is asked for a sign of life
constexpr auto time_for_a_sign = 600ms;
constexpr auto account_spared = 15min; // after a refusal with the same secret: two servers stay below 5 in 30 minutes
constexpr std::size_t searches_at_once = 20; // MaxActiveQueries of Active Directory
constexpr std::uint32_t failures_to_leave = 3;
constexpr auto fresh_failure = 3s; // a restart takes no longer
constexpr auto unused_bind_connection = 60s;

/// The rootDSE, of which nothing is asked: any server answers something.
const SearchRequest anything{.base = "", .scope = SearchRequest::Scope::base, .attributes = {}};

/// Changes whenever the file is replaced or written.
std::string stamp_of(const std::string& file)
{
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0)
        return {};
    return std::to_string(status.st_ino) + ' ' + std::to_string(status.st_mtim.tv_sec) + '.' +
           std::to_string(status.st_mtim.tv_nsec);
}
} // namespace

LdapServer::LdapServer(DirectoryThread& thread, BlockingPool& network, const ServerRules& rules, std::string host,
                       std::uint16_t port)
    : thread_(thread),
      network_(network),
      rules_(rules),
      address_{std::move(host), port, {}},
      name_(address_.host + (port == 389 || port == 636 ? "" : ':' + std::to_string(port))),
      binds_(thread, rules.timing.bind_connections, [this] { return open_for_binds(); }),
      turnstile_(thread, searches_at_once)
{
    health_.server = name_;
}

Awaitable<Result<std::shared_ptr<LdapConnection>>> LdapServer::open(Deadline deadline)
{
    const auto self = shared_from_this();
    if (auto found = co_await find_addresses(deadline); !found)
        co_return std::unexpected(std::move(found.error()));
    const auto connection = std::make_shared<LdapConnection>(thread_, network_);
    opening_.push_back(connection);
    const ServerAddress address = address_; // a look-up in the background may replace its addresses meanwhile
    auto opened = co_await connection->open(address, rules_.tls, deadline);
    std::erase_if(opening_, [&](const auto& weak) { return weak.expired() || weak.lock() == connection; });
    if (!opened && opened.error().kind == ErrorKind::invalid)
        opened.error() = unavailable(co_await explain_tls(opened.error().text)).error();
    if (!opened)
        co_return std::unexpected(std::move(opened.error()));
    co_return connection;
}

Awaitable<std::string> LdapServer::explain_tls(std::string libldap_says)
{
    if (Clock::now() < tls_explained_until_)
        co_return tls_explanation_;
    tls_explained_until_ = Clock::now() + explanation_kept;
    tls_explanation_ = libldap_says;
    const Deadline deadline = Clock::now() + rules_.timing.connect;
    const SuspectServer suspect{address_.host, address_.port, address_.addresses, rules_.tls};
    const auto found = co_await call_and_forget(
        thread_, network_, [suspect, deadline] { return diagnose_tls(suspect, deadline); }, deadline);
    if (found && !found->empty())
        tls_explanation_ = *found;
    co_return tls_explanation_;
}

void LdapServer::know_addresses()
{
    if (Clock::now() < addresses_until_ || retired_ || thread_.stopping())
        return;
    addresses_until_ = Clock::now() + addresses_kept; // one look-up at a time
    asio::co_spawn(thread_.context(), look_up_addresses(Clock::now() + rules_.timing.connect), asio::detached);
}

Awaitable<Result<void>> LdapServer::find_addresses(Deadline deadline)
{
    if (address_.addresses.empty())
        co_return co_await look_up_addresses(deadline);
    know_addresses(); // for the next time: no login waits for a name server while an address is known
    co_return Result<void>{};
}

Awaitable<Result<void>> LdapServer::look_up_addresses(Deadline deadline)
{
    const auto self = shared_from_this();
    auto found = co_await call_and_forget(
        thread_, network_,
        [host = address_.host, dns = rules_.dns_server] { return gatehouse::find_addresses(host, dns); }, deadline);
    if (!found)
        co_return std::unexpected(std::move(found.error()));
    if (!*found)
        co_return std::unexpected(std::move(found->error())); // the last known ones are better than none
    address_.addresses = std::move(**found);
    addresses_until_ = Clock::now() + addresses_kept;
    co_return Result<void>{};
}

Awaitable<Result<void>> LdapServer::prove(LdapConnection& connection, Deadline deadline)
{
    if (!rules_.account.dn.empty())
        co_return co_await bind_account(connection, deadline);
    const auto answer = co_await connection.search(anything, deadline); // that it accepts a connection proves little
    co_return answer ? Result<void>{} : std::unexpected(answer.error());
}

Awaitable<Result<void>> LdapServer::bind_account(LdapConnection& connection, Deadline deadline)
{
    // A wrong secret, tried again and again in the background, would lock the account out.
    const std::string stamp = stamp_of(rules_.account.password_file);
    if (stamp == refused_stamp_ && Clock::now() < refused_until_)
        co_return unavailable(refusal_);
    const auto password = read_secret_file(rules_.account.password_file);
    if (!password)
        co_return std::unexpected(password.error());
    const auto answer = co_await connection.bind(rules_.account.dn, password->view(), false, deadline);
    if (!answer)
        co_return std::unexpected(answer.error());
    if (answer->result.code == LDAP_SUCCESS)
        co_return Result<void>{};
    std::string refusal =
        "the account that searches, " + rules_.account.dn + ", is refused: " + explain_bind_error(answer->result);
    if (answer->result.code == LDAP_INVALID_CREDENTIALS) {
        refused_stamp_ = stamp;
        refused_until_ = Clock::now() + account_spared;
        refusal_ = refusal;
    }
    co_return unavailable(std::move(refusal));
}

Awaitable<void> LdapServer::open_search_connection()
{
    const auto self = shared_from_this();
    opening_search_ = true;
    last_attempt_ = Clock::now();
    const Deadline deadline = last_attempt_ + rules_.timing.connect;
    auto opened = co_await open(deadline);
    if (opened)
        if (auto bound = co_await prove(**opened, deadline); !bound) {
            (*opened)->close(bound.error().text);
            opened = std::unexpected(std::move(bound.error()));
        }
    opening_search_ = false;
    if (retired_ && opened) {
        (*opened)->close("the directory is shutting down");
        opened = unavailable("the directory is shutting down");
    }
    if (opened) {
        search_ = std::move(*opened);
        search_error_.clear();
        came_back();
    } else {
        search_error_ = opened.error().text;
        if (opened.error().kind != ErrorKind::limit)
            failed(search_error_);
    }
    for (Waiter* seeker : std::exchange(search_seekers_, {}))
        seeker->wake();
}

Awaitable<Result<std::shared_ptr<LdapConnection>>> LdapServer::search_connection(Deadline deadline)
{
    if (search_ && search_->is_open())
        co_return search_;
    if (retired_ || thread_.stopping())
        co_return unavailable("the directory is shutting down");
    if (!opening_search_)
        asio::co_spawn(thread_.context(), open_search_connection(), asio::detached);
    Waiter seeker(thread_);
    search_seekers_.push_back(&seeker);
    const bool woken = co_await seeker.wait(deadline);
    std::erase(search_seekers_, &seeker);
    if (search_ && search_->is_open())
        co_return search_;
    if (!woken)
        co_return past_deadline("no connection in time");
    co_return unavailable(search_error_.empty() && search_ ? search_->why_closed() : search_error_);
}

Awaitable<Result<std::shared_ptr<LdapConnection>>> LdapServer::open_for_binds()
{
    auto opened = co_await open(Clock::now() + rules_.timing.connect);
    if (!opened && opened.error().kind != ErrorKind::limit && binds_.connections() == 0)
        failed(opened.error().text);
    co_return opened;
}

Awaitable<Result<std::shared_ptr<LdapConnection>>> LdapServer::own_connection()
{
    const Deadline deadline = Clock::now() + rules_.timing.connect;
    auto opened = co_await open(deadline);
    if (opened)
        if (auto bound = co_await prove(**opened, deadline); !bound) {
            (*opened)->close(bound.error().text);
            co_return std::unexpected(std::move(bound.error()));
        }
    co_return opened;
}

void LdapServer::answered(std::chrono::nanoseconds latency)
{
    last_heard_ = Clock::now();
    const std::lock_guard lock(health_mutex_);
    ++health_.requests;
    health_.connections = count_connections();
    health_.consecutive_failures = 0;
    const auto sample = std::chrono::duration_cast<std::chrono::microseconds>(latency);
    health_.latency = health_.latency.count() == 0 ? sample : (health_.latency * 7 + sample) / 8;
}

void LdapServer::request_began()
{
    ++under_way_;
    if (asked_at_ <= last_heard_)
        asked_at_ = Clock::now();
    if (!watching_) {
        watching_ = true;
        asio::co_spawn(thread_.context(), watch(), asio::detached);
    }
}

Awaitable<void> LdapServer::watch()
{
    const auto self = shared_from_this();
    while (under_way_ > 0 && usable_ && !retired_ && !thread_.stopping()) {
        Waiter tick(thread_);
        co_await tick.wait(Clock::now() + watch_interval);
        const Deadline now = Clock::now();
        if (under_way_ == 0 || asked_at_ <= last_heard_ || now - asked_at_ < patience || !replaceable())
            continue;
        if (auto sign = co_await ask_for_a_sign(now + time_for_a_sign); !sign && last_heard_ < asked_at_ && usable_)
            failed("gives no sign of life: " + sign.error().text);
    }
    watching_ = false;
    binds_.close_unused_since(Clock::now() - unused_bind_connection);
}

Awaitable<Result<void>> LdapServer::ask_for_a_sign(Deadline deadline)
{
    const auto connection = co_await search_connection(deadline);
    if (!connection)
        co_return std::unexpected(connection.error());
    const auto answer = co_await (*connection)->search(anything, deadline);
    if (!answer)
        co_return std::unexpected(answer.error());
    last_heard_ = Clock::now();
    co_return Result<void>{};
}

void LdapServer::broke(const std::string& why)
{
    std::uint32_t failures = 0;
    {
        const std::lock_guard lock(health_mutex_);
        failures = ++health_.consecutive_failures;
        health_.last_error = why;
    }
    if (failures >= failures_to_leave && usable_)
        failed(why);
}

void LdapServer::failed(const std::string& why)
{
    {
        const std::lock_guard lock(health_mutex_);
        ++health_.consecutive_failures;
        health_.last_error = why;
        health_.usable = false;
    }
    const bool left_now = std::exchange(usable_, false);
    if (left_now)
        left_at_ = Clock::now();
    if (left_now && !retired_)
        log::warn("realm {}: {}: {}", rules_.realm, name_, why);
    if (left_now)
        close_all(why);
    if (on_change)
        on_change();
    if (!coming_back_ && !retired_ && !thread_.stopping()) {
        coming_back_ = true;
        asio::co_spawn(thread_.context(), come_back(), asio::detached);
    }
}

void LdapServer::came_back()
{
    {
        const std::lock_guard lock(health_mutex_);
        health_.usable = true;
        health_.consecutive_failures = 0;
    }
    if (!std::exchange(usable_, true))
        log::warn("realm {}: {}: is back", rules_.realm, name_);
    if (on_change)
        on_change();
}

Awaitable<void> LdapServer::come_back()
{
    const auto self = shared_from_this();
    auto back_off = rules_.timing.retry_after;
    while (!usable_ && !retired_ && !thread_.stopping()) {
        Waiter pause(thread_);
        pause_ = &pause;
        co_await pause.wait(Clock::now() + back_off);
        pause_ = nullptr;
        if (!usable_ && !retired_ && !thread_.stopping() && !opening_search_)
            co_await open_search_connection();
        back_off = std::min<std::chrono::milliseconds>(2 * back_off, longest_back_off);
    }
    coming_back_ = false;
}

bool LdapServer::try_soon()
{
    const Deadline now = Clock::now();
    const bool due = pause_ != nullptr && now >= last_attempt_ + rules_.timing.retry_after;
    if (due)
        pause_->wake();
    return due || opening_search_ || now - left_at_ < fresh_failure;
}

void LdapServer::close_all(const std::string& why)
{
    if (search_)
        search_->close(why);
    for (const auto& weak : std::exchange(opening_, {}))
        if (const auto connection = weak.lock())
            connection->close(why);
    binds_.close(why);
    turnstile_.send_away();
    const std::lock_guard lock(health_mutex_);
    health_.connections = 0;
}

void LdapServer::retire(const std::string& why)
{
    retired_ = true;
    usable_ = false;
    close_all(why);
    if (pause_ != nullptr)
        pause_->wake();
    on_change = nullptr;
}

std::uint32_t LdapServer::count_connections() const
{
    return static_cast<std::uint32_t>(binds_.connections() + (search_ && search_->is_open() ? 1 : 0));
}

ServerHealth LdapServer::health() const
{
    const std::lock_guard lock(health_mutex_);
    return health_;
}

} // namespace gatehouse::directory
