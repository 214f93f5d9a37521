#include "gate/shared_kicks.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace gatehouse::gate
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{
constexpr auto look = 250ms;
constexpr auto counts = 3600s; // a sum must not fall just when another step is added
// Of somebody who had no session here when they were kicked: long enough for a slow database, short enough that who has
// come back since is seldom taken for who must go.
constexpr auto counts_anew = 10s;
const std::string any = "kicks";

/// Realm and id cannot hold a NUL, nor can the store: a slash is in no realm's name.
std::string key_of(const Whom& person)
{
    return "kick/" + person.realm + '/' + person.person;
}

Awaitable<std::uint64_t> sum_of(store::Store& store, std::string key, std::chrono::seconds window)
{
    const auto sum = co_await store.count(std::move(key), window, 0);
    co_return sum.value_or(0);
}
} // namespace

Awaitable<void> SharedKicks::tell(store::Store& store, Whom person)
{
    if (person.realm.empty() || person.person.empty())
        co_return; // other nodes would not know who is meant
    const std::string key = key_of(person);
    auto told = co_await store.count(key, counts, 1);
    if (told)
        told = co_await store.count(key, counts_anew, 1);
    if (told)
        told = co_await store.count(any, counts, 1);
    if (!told)
        log::warn("kick: other nodes cannot be told: {}", told.error().text);
}

void SharedKicks::start()
{
    asio::co_spawn(io_, hear(), asio::detached);
}

Awaitable<void> SharedKicks::hear()
{
    asio::steady_timer wake(io_);
    std::uint64_t seen = co_await sum_of(store_, any, counts);
    for (;;) {
        wake.expires_after(look);
        const auto [error] = co_await wake.async_wait(as_result);
        if (error)
            co_return;
        const std::uint64_t now = co_await sum_of(store_, any, counts);
        co_await forget_old();
        if (now > seen)
            co_await end_kicked();
        seen = now;
    }
}

Awaitable<void> SharedKicks::forget_old()
{
    for (auto at = heard_.begin(); at != heard_.end();) {
        const std::uint64_t now = co_await sum_of(store_, at->first, counts);
        at->second = std::min(at->second, now);
        at = at->second == 0 ? heard_.erase(at) : std::next(at);
    }
}

Awaitable<void> SharedKicks::end_kicked()
{
    for (const Whom& person : sessions_.people()) {
        const std::string key = key_of(person);
        const std::uint64_t kicks = co_await sum_of(store_, key, counts);
        if (kicks == 0)
            continue;
        const auto heard = heard_.find(key);
        const std::uint64_t before = heard == heard_.end() ? kicks - 1 : heard->second;
        const bool lately = heard != heard_.end() || co_await sum_of(store_, key, counts_anew) > 0;
        if (kicks > before && lately)
            sessions_.kick(person);
        heard_.insert_or_assign(key, kicks);
    }
}

} // namespace gatehouse::gate
