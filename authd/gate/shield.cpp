#include "gate/shield.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace gatehouse::gate
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{
constexpr std::chrono::hours forgotten_after{24};
constexpr std::chrono::seconds prune_interval{1};
constexpr std::chrono::milliseconds first_delay{250};
constexpr std::chrono::milliseconds longest_delay{4000};
constexpr std::uint32_t free_tries = 2; // a person mistypes; a program goes on

/// Attempts that may be wrong without the account being locked by the last of them. A directory that locks at the first
/// wrong password gives no room: one attempt is let through all the same, or nobody could ever log in.
std::uint32_t room(std::uint32_t threshold)
{
    return std::max<std::uint32_t>(threshold, 2) - 1;
}

std::int64_t unix_seconds(std::chrono::system_clock::time_point at)
{
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

void drop_before(std::map<std::string, Deadline>& people, Deadline moment)
{
    std::erase_if(people, [&](const auto& each) { return each.second < moment; });
}
} // namespace

std::string network_of(std::string_view address)
{
    boost::system::error_code error;
    const auto parsed = asio::ip::make_address(std::string(address), error);
    if (error)
        return {};
    if (parsed.is_v4() || parsed.to_v6().is_v4_mapped()) {
        const auto v4 =
            parsed.is_v4() ? parsed.to_v4() : asio::ip::make_address_v4(asio::ip::v4_mapped, parsed.to_v6());
        return asio::ip::address_v4(v4.to_uint() & 0xffffff00U).to_string() + "/24";
    }
    auto bytes = parsed.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes).to_string() + "/64";
}

std::string Shield::key_of(std::string_view realm, std::string_view id)
{
    return std::string(realm).append(1, '\0').append(id);
}

Shield::Person& Shield::person_of(const Attempt& attempt)
{
    if (people_.size() >= max_people)
        make_room();
    Person& person = people_[key_of(attempt.realm, attempt.id)];
    if (person.id.empty()) {
        person.realm = attempt.realm;
        person.id = attempt.id;
    }
    person.name = attempt.name;
    person.touched = Clock::now();
    return person;
}

/// The people who were not tried for the longest; whoever has attempts under way or counted stays.
void Shield::make_room()
{
    const Deadline now = Clock::now();
    std::erase_if(people_, [&](const auto& each) {
        const Person& person = each.second;
        return person.under_way == 0 && (person.wrong.empty() || person.wrong.back() + forgotten_after < now);
    });
    if (people_.size() >= max_people) // a flood of wrong passwords for that many people within a day
        std::erase_if(people_,
                      [&](const auto& each) { return each.second.under_way == 0 && each.second.touched + 1h < now; });
}

Shield::Client& Shield::client_of(Person& person, const Attempt& attempt)
{
    const auto now = std::chrono::system_clock::now();
    const std::string_view address = attempt.address.empty() ? attempt.network : attempt.address;
    auto found = std::ranges::find_if(person.clients, [&](const Client& client) {
        return client.address == address && client.service == attempt.service;
    });
    if (found == person.clients.end()) {
        if (person.clients.size() == max_clients)
            person.clients.erase(std::ranges::min_element(person.clients, {}, &Client::last));
        person.clients.push_back(
            {.address = std::string(address), .service = std::string(attempt.service), .first = now});
        found = std::prev(person.clients.end());
    }
    found->last = now;
    return *found;
}

bool Shield::sprays(std::string_view network, const ShieldRules& rules)
{
    const auto found = networks_.find(std::string(network));
    if (network.empty() || found == networks_.end())
        return false;
    const Deadline since = Clock::now() - rules.spray_window;
    drop_before(found->second.wrong, since);
    drop_before(found->second.right, since);
    // A whole campus behind one address mistypes, too; but there most people get in.
    return found->second.wrong.size() >= rules.spray_people &&
           found->second.wrong.size() > 2 * found->second.right.size();
}

LockoutPolicy Shield::policy_of(const std::optional<LockoutCount>& count, const ShieldRules& rules)
{
    return count && count->policy ? *count->policy : LockoutPolicy{.threshold = rules.lockout_floor};
}

Shield::Answer Shield::within_budget(const Person& person, const Attempt& attempt,
                                     const std::optional<LockoutCount>& count, Deadline asked,
                                     const LockoutPolicy& policy, const std::optional<Shared>& shared)
{
    if (policy.threshold == 0)
        return Answer::go;
    const auto ours_since = [&](Deadline since) {
        return static_cast<std::uint32_t>(
            std::ranges::count_if(person.wrong, [&](Deadline at) { return at >= since; }));
    };
    const std::uint32_t ours = ours_since(Clock::now() - policy.window);
    const std::uint32_t told = count ? count->used + ours_since(asked) : 0;
    const std::uint32_t known = shared ? shared->wrong : count ? 0 : ours;
    const std::uint32_t under_way = std::max(person.under_way, shared ? shared->under_way : 0);
    const std::uint32_t all = room(policy.threshold);
    const std::uint32_t limit = attempt.known_network || all < 2 ? all : all - 1; // the last one is reserved
    if (std::max(told, known) + under_way >= limit)
        return Answer::budget;
    if (!shared || shared->share_of == 1)
        return Answer::go;
    const std::uint32_t share = shared->share_of == 0 ? 1 : std::max(limit / shared->share_of, 1U);
    return ours + person.under_way < share ? Answer::go : Answer::share;
}

Shield::Answer Shield::may_try(const Attempt& attempt, const std::optional<LockoutCount>& count, Deadline asked,
                               const ShieldRules& rules, const std::optional<Shared>& shared)
{
    const std::lock_guard lock(mutex_);
    if (!attempt.known_network && sprays(attempt.network, rules)) {
        ++totals_.refused_network;
        networks_.at(std::string(attempt.network)).put_off = Clock::now();
        return Answer::slowed;
    }
    Person& person = person_of(attempt);
    const Answer answer = within_budget(person, attempt, count, asked, policy_of(count, rules), shared);
    person.at_limit = answer != Answer::go;
    if (person.at_limit) {
        ++totals_.refused_budget;
        client_of(person, attempt);
        return answer;
    }
    ++person.under_way;
    return Answer::go;
}

std::chrono::milliseconds Shield::delay(const Attempt& attempt) const
{
    if (attempt.network.empty() || attempt.known_network)
        return 0ms;
    const std::lock_guard lock(mutex_);
    const auto person = people_.find(key_of(attempt.realm, attempt.id));
    if (person == people_.end())
        return 0ms;
    const auto wrong = person->second.wrong_by_network.find(std::string(attempt.network));
    if (wrong == person->second.wrong_by_network.end() || wrong->second <= free_tries)
        return 0ms;
    const std::uint32_t doublings = std::min<std::uint32_t>(wrong->second - free_tries - 1, 8);
    return std::min(first_delay * (1 << doublings), longest_delay);
}

void Shield::ended(const Attempt& attempt, Outcome outcome, const ShieldRules& rules)
{
    const std::lock_guard lock(mutex_);
    Person& person = person_of(attempt);
    if (person.under_way > 0)
        --person.under_way;
    if (outcome == Outcome::undecided)
        return;
    const std::string network(attempt.network);
    const Deadline now = Clock::now();
    note_network(attempt, outcome, rules);
    if (outcome == Outcome::right) {
        person.wrong.clear(); // as the directory does
        person.wrong_by_network.erase(network);
        person.at_limit = false;
        return;
    }
    if (person.wrong.size() == 64)
        person.wrong.pop_front();
    person.wrong.push_back(now);
    ++client_of(person, attempt).wrong;
    if (!network.empty() && (person.wrong_by_network.size() < max_clients || person.wrong_by_network.contains(network)))
        ++person.wrong_by_network[network];
}

void Shield::note_network(const Attempt& attempt, Outcome outcome, const ShieldRules& rules)
{
    if (attempt.network.empty())
        return;
    const Deadline now = Clock::now();
    prune_networks(now);
    const std::string name(attempt.network);
    if (networks_.size() >= max_networks && !networks_.contains(name))
        return;
    Network& network = networks_[name];
    network.counts_until = std::max(network.counts_until, now + rules.spray_window);
    auto& seen = outcome == Outcome::right ? network.right : network.wrong;
    if (seen.size() <= 2 * rules.spray_people)
        seen[key_of(attempt.realm, attempt.id)] = now;
}

/// Nobody was tried from there for so long that nothing of it counts.
void Shield::prune_networks(Deadline now)
{
    if (now < networks_pruned_ + prune_interval)
        return;
    networks_pruned_ = now;
    std::erase_if(networks_, [&](const auto& each) { return each.second.counts_until < now; });
}

void Shield::repeated(const Attempt& attempt, Repeat what)
{
    const std::lock_guard lock(mutex_);
    Client& client = client_of(person_of(attempt), attempt);
    if (what == Repeat::old_password) {
        ++client.old_password;
        ++totals_.repeats_old;
    } else {
        ++client.repeats;
        ++totals_.repeats_refused;
    }
}

bool Shield::clear(std::string_view realm, std::string_view id)
{
    const std::lock_guard lock(mutex_);
    const auto found = people_.find(key_of(realm, id));
    if (found == people_.end())
        return false;
    if (found->second.under_way > 0) { // they end later
        found->second.wrong.clear();
        found->second.wrong_by_network.clear();
        found->second.clients.clear();
        found->second.at_limit = false;
    } else {
        people_.erase(found);
    }
    return true;
}

boost::json::array Shield::report() const
{
    const std::lock_guard lock(mutex_);
    boost::json::array people;
    for (const auto& [key, person] : people_) {
        if (person.clients.empty())
            continue;
        boost::json::array clients;
        for (const Client& client : person.clients)
            clients.push_back({{"address", client.address},
                               {"service", client.service},
                               {"wrong", client.wrong},
                               {"repeats", client.repeats},
                               {"old_password", client.old_password},
                               {"since", unix_seconds(client.first)},
                               {"last", unix_seconds(client.last)}});
        people.push_back({{"realm", person.realm},
                          {"name", person.name},
                          {"id", person.id},
                          {"wrong", person.wrong.size()},
                          {"at_limit", person.at_limit},
                          {"clients", std::move(clients)}});
    }
    return people;
}

Shield::Totals Shield::totals() const
{
    const std::lock_guard lock(mutex_);
    Totals totals = totals_;
    for (const auto& [key, person] : people_) {
        totals.people += person.wrong.empty() ? 0 : 1;
        totals.at_limit += person.at_limit ? 1 : 0;
    }
    totals.networks = networks_.size();
    const Deadline lately = Clock::now() - 1min;
    for (const auto& [name, network] : networks_)
        totals.networks_slowed += network.put_off >= lately ? 1 : 0;
    return totals;
}

} // namespace gatehouse::gate
