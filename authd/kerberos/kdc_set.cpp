#include "kerberos/kdc_set.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace gatehouse::kerberos
{

namespace
{
using namespace std::chrono_literals;

constexpr auto address_life = 60s;
constexpr std::chrono::seconds longest_put_off = 30s;

std::chrono::seconds put_off(std::uint32_t failures)
{
    return std::min(longest_put_off, std::chrono::seconds(1U << std::min(failures - 1, 5U)));
}
} // namespace

KdcSet::KdcSet(std::vector<KdcName> names, std::string realm, BlockingPool& pool)
    : names_(std::move(names)), realm_(std::move(realm)), pool_(pool)
{
}

Awaitable<Result<std::vector<Kdc>>> KdcSet::in_order(Deadline deadline)
{
    Signal looked_up;
    {
        const std::lock_guard lock(mutex_);
        const bool stale = Clock::now() >= fresh_until_;
        auto under_way = stale ? look_up() : Result<Signal>(looked_up);
        if (!known_.empty())
            co_return ordered();
        if (!under_way)
            co_return std::unexpected(std::move(under_way.error()));
        looked_up = *under_way;
    }
    if (!co_await looked_up.wait(deadline))
        co_return past_deadline("no answer in time about the addresses of the KDCs of realm " + realm_);
    const std::lock_guard lock(mutex_);
    if (known_.empty())
        co_return unavailable(trouble_);
    co_return ordered();
}

/// Begins a look-up unless one is under way; the Signal is set when it is over.
Result<Signal> KdcSet::look_up()
{
    if (!looking_) {
        auto submitted = pool_.submit([set = shared_from_this()] { set->take(find_kdcs(set->names_, set->realm_)); });
        if (!submitted)
            return std::unexpected(std::move(submitted.error()));
        looking_ = true;
    }
    const Signal over;
    if (known_.empty()) // else nobody waits
        waiting_.push_back(over);
    return over;
}

void KdcSet::take(Result<std::vector<Kdc>> found)
{
    const std::lock_guard lock(mutex_);
    looking_ = false;
    if (found) {
        std::vector<Known> now_known;
        for (Kdc& kdc : *found) {
            if (const Known* const before = known(kdc))
                now_known.push_back(*before);
            else
                now_known.push_back({.kdc = kdc, .health = {.server = kdc.name}});
        }
        known_ = std::move(now_known);
        trouble_.clear();
    } else {
        trouble_ = found.error().text;
        log::warn("realm {}: {}{}", realm_, trouble_, known_.empty() ? "" : "; the addresses known before are used");
    }
    fresh_until_ = known_.empty() ? Deadline{} : Clock::now() + address_life;
    for (const Signal& over : std::exchange(waiting_, {}))
        over.set();
}

std::vector<Kdc> KdcSet::ordered()
{
    enum Rank { tried_again, usable, put_off_still };
    const Deadline now = Clock::now();
    std::multimap<Rank, Kdc> ranked; // alike ones in the order of the configuration or of DNS
    for (Known& known : known_) {
        Rank rank = known.health.usable ? usable : put_off_still;
        if (rank == put_off_still && now >= known.retry_at) {
            rank = tried_again; // by this login; others go on elsewhere
            known.retry_at = now + put_off(known.health.consecutive_failures + 1);
        }
        ranked.emplace(rank, known.kdc);
    }
    std::vector<Kdc> kdcs;
    for (auto& [rank, kdc] : ranked)
        kdcs.push_back(std::move(kdc));
    return kdcs;
}

KdcSet::Known* KdcSet::known(const Kdc& kdc)
{
    const auto found = std::ranges::find(known_, kdc, &Known::kdc);
    return found == known_.end() ? nullptr : &*found;
}

void KdcSet::answered(const Kdc& kdc, std::chrono::microseconds latency)
{
    const std::lock_guard lock(mutex_);
    Known* const known = this->known(kdc);
    if (known == nullptr)
        return;
    ServerHealth& health = known->health;
    if (!health.usable)
        log::info("realm {}: KDC {} answers again", realm_, kdc.name);
    health.usable = true;
    health.consecutive_failures = 0;
    ++health.requests;
    health.latency = health.latency.count() == 0 ? latency : (health.latency * 7 + latency) / 8;
}

void KdcSet::failed(const Kdc& kdc, const std::string& why)
{
    const std::lock_guard lock(mutex_);
    Known* const known = this->known(kdc);
    if (known == nullptr)
        return;
    ServerHealth& health = known->health;
    if (health.usable)
        log::warn("realm {}: KDC {}: {}", realm_, kdc.name, why);
    health.usable = false;
    ++health.requests;
    ++health.consecutive_failures;
    health.last_error = why;
    known->retry_at = Clock::now() + put_off(health.consecutive_failures);
}

std::vector<ServerHealth> KdcSet::health() const
{
    const std::lock_guard lock(mutex_);
    std::vector<ServerHealth> all;
    for (const Known& known : known_)
        all.push_back(known.health);
    return all;
}

} // namespace gatehouse::kerberos
