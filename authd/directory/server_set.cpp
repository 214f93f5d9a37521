#include "directory/server_set.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "directory/network_call.hpp"
#include "directory/server_names.hpp"

#include <boost/asio/detached.hpp>

#include <algorithm>

namespace gatehouse::directory
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{
constexpr auto hope = 1s; // how long a login waits for a server to come back when none is usable
constexpr auto shortest_lifetime = 30s;
constexpr auto longest_lifetime = 1h;
constexpr auto longest_lookup = 10s;
constexpr auto shortest_pause = 2s; // between two look-ups that a lack of servers asks for

bool contains(ServerSet::Excluded servers, const LdapServer* wanted)
{
    return std::ranges::find(servers, wanted) != servers.end();
}
} // namespace

ServerSet::ServerSet(DirectoryThread& thread, BlockingPool& network, ServerRules rules, const ServerSettings& settings,
                     std::vector<std::string> srv_names)
    : thread_(thread), network_(network), rules_(std::move(rules)), srv_names_(std::move(srv_names))
{
    for (const std::string& text : settings.hosts) {
        const auto [host, port] = split_host(text, default_port(rules_.tls.mode));
        servers_.push_back(make_server(host, port));
    }
}

std::shared_ptr<LdapServer> ServerSet::make_server(const std::string& host, std::uint16_t port)
{
    auto server = std::make_shared<LdapServer>(thread_, network_, rules_, host, port);
    server->on_change = [this] { changed(); };
    server->replaceable = [this, raw = server.get()] { return another_usable(std::array{raw}); };
    return server;
}

void ServerSet::start()
{
    for (const auto& server : servers_)
        server->know_addresses();
    if (!srv_names_.empty())
        asio::co_spawn(thread_.context(), discover(), asio::detached);
}

void ServerSet::stop()
{
    for (const auto& server : servers_)
        server->retire("the directory is shutting down");
}

std::shared_ptr<LdapServer> ServerSet::best(Excluded without) const
{
    const auto found = std::ranges::find_if(
        servers_, [&](const auto& server) { return server->usable() && !contains(without, server.get()); });
    return found == servers_.end() ? nullptr : *found;
}

bool ServerSet::another_usable(Excluded without) const
{
    return best(without) != nullptr;
}

std::vector<std::shared_ptr<LdapServer>> ServerSet::usable() const
{
    std::vector<std::shared_ptr<LdapServer>> servers;
    std::ranges::copy_if(servers_, std::back_inserter(servers), [](const auto& server) { return server->usable(); });
    return servers;
}

Awaitable<std::shared_ptr<LdapServer>> ServerSet::choose(Excluded without, Deadline deadline)
{
    if (auto server = best(without))
        co_return server;
    if (!without.empty() || thread_.stopping())
        co_return nullptr; // what could be tried has been
    if (discovery_pause_ != nullptr && Clock::now() - discovered_at_ > shortest_pause)
        discovery_pause_->wake();
    deadline = std::min<Deadline>(deadline, Clock::now() + hope);
    while (best(without) == nullptr && Clock::now() < deadline && !thread_.stopping() && may_recover()) {
        Waiter waiter(thread_);
        hopeful_.push_back(&waiter);
        co_await waiter.wait(deadline);
        std::erase(hopeful_, &waiter);
    }
    co_return best(without);
}

bool ServerSet::may_recover()
{
    bool hopeful = servers_.empty() && !srv_names_.empty() && discovery_error_.empty();
    for (const auto& server : servers_)
        hopeful = server->try_soon() || hopeful; // each of them, not only the first
    return hopeful;
}

void ServerSet::changed()
{
    for (Waiter* waiter : std::exchange(hopeful_, {}))
        waiter->wake();
}

std::string ServerSet::why_none() const
{
    if (thread_.stopping())
        return "the directory is shutting down";
    if (servers_.empty())
        return discovery_error_.empty() ? "its servers are not known yet" : discovery_error_;
    std::string why;
    for (const auto& server : servers_) {
        const ServerHealth health = server->health();
        if (!health.last_error.empty())
            why += (why.empty() ? "" : "; ") + health.server + ": " + health.last_error;
    }
    return why.empty() ? "no server is usable" : why;
}

std::vector<ServerHealth> ServerSet::health() const
{
    const std::lock_guard lock(servers_mutex_);
    std::vector<ServerHealth> all;
    for (const auto& server : servers_)
        all.push_back(server->health());
    return all;
}

Awaitable<void> ServerSet::discover()
{
    while (!thread_.stopping()) {
        std::chrono::milliseconds pause = shortest_lifetime;
        auto found = co_await ask_for_records();
        if (thread_.stopping())
            co_return;
        if (found) {
            pause = std::clamp<std::chrono::milliseconds>(found->lifetime, shortest_lifetime, longest_lifetime);
            discovery_error_.clear();
            take(std::move(found->ranks));
        } else {
            if (discovery_error_.empty())
                log::warn("realm {}: {}", rules_.realm, found.error().text);
            discovery_error_ = found.error().text;
            pause = servers_.empty() ? shortest_pause : shortest_lifetime;
        }
        changed();
        discovered_at_ = Clock::now();
        Waiter waiter(thread_);
        discovery_pause_ = &waiter;
        co_await waiter.wait(discovered_at_ + pause);
        discovery_pause_ = nullptr;
    }
}

Awaitable<Result<ServerSet::Discovery>> ServerSet::ask_for_records()
{
    Discovery discovery;
    for (const std::string& name : srv_names_) {
        auto found = co_await call_and_forget(
            thread_, network_, [name, dns = rules_.dns_server] { return find_services(name, dns); },
            Clock::now() + longest_lookup);
        if (!found)
            co_return unavailable("SRV records of " + name + ": " + found.error().text);
        if (!*found)
            co_return std::unexpected(std::move(found->error()));
        if ((*found)->records.empty())
            continue;
        const auto lifetime = (*found)->lifetime;
        discovery.lifetime = discovery.ranks.empty() ? lifetime : std::min(discovery.lifetime, lifetime);
        discovery.ranks.push_back(std::move((*found)->records));
    }
    if (discovery.ranks.empty())
        co_return unavailable("DNS has no SRV records " + text::join(srv_names_, " or "));
    co_return discovery;
}

void ServerSet::take(Ranks found)
{
    Ranks sorted = found;
    for (auto& rank : sorted)
        std::ranges::sort(rank, {}, [](const ServiceRecord& record) {
            return std::tie(record.host, record.port, record.priority, record.weight);
        });
    if (sorted == ranks_)
        return; // the same servers keep their order, so that their connections stay in use
    ranks_ = std::move(sorted);

    std::vector<std::shared_ptr<LdapServer>> next;
    for (auto& rank : found)
        for (const ServiceRecord& record : in_order_of_preference(std::move(rank)))
            add(record, next);
    std::erase_if(former_, [](const auto& server) { return server.use_count() == 1; });
    for (const auto& server : servers_)
        if (std::ranges::find(next, server) == next.end()) {
            server->retire("DNS names it no more");
            former_.push_back(server);
        }
    for (const auto& server : next)
        server->know_addresses(); // before the name server, often a domain controller itself, is away
    const std::lock_guard lock(servers_mutex_);
    servers_.swap(next);
}

void ServerSet::add(const ServiceRecord& record, std::vector<std::shared_ptr<LdapServer>>& next)
{
    const HostPort place = place_of(record, rules_.tls.mode);
    const auto same = [&](const auto& server) {
        return text::equal_ignoring_case(server->host(), place.host) && server->port() == place.port;
    };
    if (std::ranges::any_of(next, same))
        return;
    const auto known = std::ranges::find_if(servers_, same);
    next.push_back(known != servers_.end() ? *known : make_server(place.host, place.port));
}

} // namespace gatehouse::directory
