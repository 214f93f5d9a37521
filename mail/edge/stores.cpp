#include "edge/stores.hpp"

#include "base/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace gatehouse::edge
{

using namespace std::chrono_literals;

namespace
{

constexpr Clock::duration first_pause = 250ms;
constexpr unsigned most_doublings = 6; // 16 s at most

/// How much a store is this person's: the same on every edge and after every restart (rendezvous hashing). When a store
/// leaves the pool, its people alone move.
std::array<unsigned char, 8> weight(std::string_view person, std::string_view store)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    const std::string text = std::string(person) + '\0' + std::string(store);
    ::EVP_Digest(text.data(), text.size(), digest.data(), nullptr, ::EVP_sha256(), nullptr);
    std::array<unsigned char, 8> first{};
    std::copy_n(digest.begin(), first.size(), first.begin());
    return first;
}

bool is_member(const Person& person, std::string_view group)
{
    const std::size_t slash = group.find('\\');
    if (slash != std::string_view::npos && !text::equal_ignoring_case(group.substr(0, slash), person.realm))
        return false;
    const std::string_view name = slash == std::string_view::npos ? group : group.substr(slash + 1);
    return std::ranges::any_of(
        person.groups, [&](const Membership& membership) { return text::equal_ignoring_case(membership.group, name); });
}

} // namespace

std::string_view name_of(Protocol protocol)
{
    switch (protocol) {
    case Protocol::imap: return "imap";
    case Protocol::pop3: return "pop3";
    case Protocol::submission: return "submission";
    case Protocol::sieve: return "sieve";
    }
    return {};
}

std::string stable_name(const Person& person)
{
    return person.realm + '\\' + (person.id.empty() ? person.name : person.id);
}

const Endpoint* Store::endpoint(Protocol protocol) const
{
    const auto found = settings_.endpoints.find(protocol);
    return found == settings_.endpoints.end() ? nullptr : &found->second;
}

std::string_view Store::service(Protocol protocol) const
{
    const auto found = settings_.services.find(protocol);
    if (found != settings_.services.end())
        return found->second;
    return protocol == Protocol::pop3 ? "pop" : name_of(protocol); // as Cyrus calls it
}

std::vector<std::string> Store::lines(Protocol protocol) const
{
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(protocol);
    return found == lines_.end() ? std::vector<std::string>{} : found->second;
}

void Store::know_lines(Protocol protocol, std::vector<std::string> lines) const
{
    const std::lock_guard lock(mutex_);
    lines_[protocol] = std::move(lines);
}

void Store::failed(Protocol protocol, Deadline now) const
{
    if (!may_be_asked(protocol, now))
        return;
    Health& known = health(protocol);
    const unsigned doublings = std::min(known.failures.fetch_add(1), most_doublings);
    known.away_until = (now + first_pause * (1U << doublings)).time_since_epoch().count();
}

void Store::answered(Protocol protocol) const
{
    Health& known = health(protocol);
    known.failures = 0;
    known.away_until = 0;
}

bool Store::may_be_asked(Protocol protocol, Deadline now) const
{
    return health(protocol).away_until.load() <= now.time_since_epoch().count();
}

Result<std::shared_ptr<const Placement>> Placement::create(const Settings& settings)
{
    const auto placement = std::make_shared<Placement>();
    placement->rules_ = settings.placement;
    const auto add = [](const std::vector<StoreSettings>& from, Stores& to) -> Result<void> {
        for (const StoreSettings& each : from) {
            auto tls = each.tls.use == TlsUse::none ? Result<SslContext>{} : client_context(each.tls.ca_file);
            if (!tls)
                return std::unexpected(tls.error());
            to.push_back(std::make_shared<const Store>(each, std::move(*tls)));
        }
        return {};
    };
    if (const auto added = add(settings.stores, placement->stores_); !added)
        return std::unexpected(added.error());
    if (const auto added = add(settings.submission, placement->submission_); !added)
        return std::unexpected(added.error());
    return placement;
}

std::shared_ptr<const Store> Placement::named(std::string_view name) const
{
    const auto found = std::ranges::find_if(
        stores_, [&](const auto& store) { return text::equal_ignoring_case(store->name(), name); });
    return found == stores_.end() ? nullptr : *found;
}

Placement::Stores Placement::by_rules(const Person& person, std::string& why) const
{
    Stores chosen;
    for (const PlacementRule& rule : rules_) {
        if (rule.by == PlacementRule::By::mail_host) {
            if (person.mail_host.empty())
                continue;
            if (auto store = named(person.mail_host))
                return {std::move(store)};
            why = "the directory names the store " + person.mail_host + ", which is not configured here";
            return {};
        }
        if (rule.by == PlacementRule::By::group && !is_member(person, rule.group))
            continue;
        for (const std::string& name : rule.stores)
            chosen.push_back(named(name));
        return chosen;
    }
    why = "no rule of placement says where this person's mail is";
    return chosen;
}

std::shared_ptr<const Store> Placement::any_of(Protocol protocol, Deadline now) const
{
    std::shared_ptr<const Store> away;
    for (const auto& store : protocol == Protocol::submission ? submission_ : stores_) {
        if (store->endpoint(protocol) == nullptr)
            continue;
        if (store->may_be_asked(protocol, now))
            return store;
        away = store;
    }
    return away;
}

Placement::Stores Placement::all() const
{
    Stores every = stores_;
    every.insert(every.end(), submission_.begin(), submission_.end());
    return every;
}

Placement::Stores Placement::stores_of(Protocol protocol, const Person& person, Deadline now, std::string& why) const
{
    Stores chosen = protocol == Protocol::submission ? submission_ : by_rules(person, why);
    std::erase_if(chosen, [&](const auto& store) { return store->endpoint(protocol) == nullptr; });
    if (chosen.empty() && why.empty())
        why = "no server for " + std::string(name_of(protocol)) + " is configured for this person";
    std::ranges::sort(chosen, {}, [&](const auto& store) {
        return std::pair(store->settings().drain || !store->may_be_asked(protocol, now),
                         weight(stable_name(person), store->name()));
    });
    return chosen;
}

} // namespace gatehouse::edge
