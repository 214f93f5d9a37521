#include "store/durable_store.hpp"

#include "store/mailbox_name.hpp"

#include <boost/asio/this_coro.hpp>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace gatehouse::store
{

namespace
{
using namespace std::chrono_literals;

constexpr std::size_t most_bytes_waiting = 32UZ << 20;
constexpr auto patience = 2s;

Result<void> storable_person(std::string_view realm, std::string_view id)
{
    if (auto fits = storable("realm", realm); !fits)
        return fits;
    return storable("id", id);
}
} // namespace

DurableStore::DurableStore(std::unique_ptr<Database> database, std::int64_t writer)
    : memory_(writer),
      queue_(most_bytes_waiting),
      claims_(memory_.mailboxes, queue_),
      writer_(std::move(database), memory_, queue_, claims_)
{
}

std::optional<std::string> DurableStore::mailbox_of(std::string_view realm, std::string_view id) const
{
    return memory_.mailboxes.find(realm, id);
}

Awaitable<Result<std::string>> DurableStore::claim_mailbox(std::string realm, std::string id, std::string wanted)
{
    if (auto fits = storable_person(realm, id); !fits)
        co_return std::unexpected(fits.error());
    if (auto fits = storable("mailbox name", wanted); !fits)
        co_return std::unexpected(fits.error());
    auto begun = claims_.begin(realm, id, std::move(wanted), co_await boost::asio::this_coro::executor);
    if (!begun)
        co_return std::unexpected(begun.error());
    if (!begun->receipt)
        co_return std::move(begun->name);
    auto answer = co_await begun->receipt->wait(patience);
    if (answer)
        co_return std::move(*answer);
    co_return claims_.hand_out(realm, id);
}

void DurableStore::saw_network(std::string_view realm, std::string_view id, std::string_view network, WallTime now)
{
    const std::int64_t day = day_of(now);
    if (!memory_.networks.unseen(realm, id, network, day))
        return;
    if (!storable_person(realm, id) || !storable("network", network) || !memory_.networks.see(realm, id, network, day))
        return;
    queue_.add(NetworkRow{std::string(realm), std::string(id), std::string(network), day});
}

bool DurableStore::knows_network(std::string_view realm, std::string_view id, std::string_view network,
                                 WallTime now) const
{
    return memory_.networks.knows(realm, id, network, day_of(now));
}

Awaitable<Result<std::uint64_t>> DurableStore::count(std::string key, std::chrono::seconds window, std::uint32_t n)
{
    if (auto fits = storable("counter", key); !fits)
        co_return std::unexpected(fits.error());
    if (window < 1s || window > Counters::longest_window)
        co_return invalid("the store counts within 1 s to 31 days, not " + std::to_string(window.count()) + " s");
    auto sum = memory_.counters.count(key, window, n, std::chrono::system_clock::now());
    if (!sum)
        co_return std::unexpected(sum.error());
    if (sum->row)
        queue_.add(std::move(*sum->row));
    co_return sum->total;
}

Awaitable<Result<void>> DurableStore::keep(std::string key, std::string bytes)
{
    if (auto fits = storable("key", key); !fits)
        co_return std::unexpected(fits.error());
    if (bytes.size() > KeptBytes::most_at_once)
        co_return over_limit("the store keeps 64 KiB under a key at most, not " + std::to_string(bytes.size()) +
                             " bytes");
    if (auto put = memory_.kept.put(key, bytes); !put)
        co_return put;
    auto receipt = std::make_shared<Receipt>(co_await boost::asio::this_coro::executor);
    const std::int64_t today = day_of(std::chrono::system_clock::now());
    const bool wait = writer_.status().usable;
    KeptRow row{std::move(key), std::move(bytes), today, {}};
    if (wait)
        row.receipts.push_back(receipt);
    if (auto queued = queue_.add(std::move(row)); !queued)
        co_return queued;
    const auto answer = wait ? co_await receipt->wait(patience) : std::nullopt;
    if (answer && !*answer)
        co_return std::unexpected(answer->error());
    co_return Result<void>{};
}

Awaitable<Result<std::optional<std::string>>> DurableStore::kept(std::string key)
{
    co_return memory_.kept.find(key);
}

Awaitable<Turn> DurableStore::begin_attempt(AttemptTerms terms)
{
    if (!storable_person(terms.realm, terms.id))
        co_return Turn{};
    terms.window = std::clamp<std::chrono::seconds>(terms.window, 1s, Counters::longest_window);
    auto row = memory_.attempts.begin(terms, std::chrono::system_clock::now());
    const StoreStatus status = writer_.status();
    if (!row)
        co_return Turn{};
    Turn turn{.number = row->number, .share_of = status.share_of};
    if (writer_.is_shared() && status.usable) {
        auto receipt = std::make_shared<Receipt>(co_await boost::asio::this_coro::executor);
        row->receipts.push_back(receipt);
        queue_.add(std::move(*row));
        const auto placed = co_await receipt->wait(patience);
        if (!placed || !*placed)
            turn.share_of = writer_.share_unheard();
    } else {
        queue_.add(std::move(*row));
    }
    const auto before = memory_.attempts.before(turn.number, terms.since, std::chrono::system_clock::now());
    turn.wrong = before.wrong;
    turn.under_way = before.under_way;
    co_return turn;
}

void DurableStore::end_attempt(std::int64_t number, AttemptEnd how)
{
    if (auto row = memory_.attempts.end(number, how, std::chrono::system_clock::now()))
        queue_.add(std::move(*row));
}

void DurableStore::forget_attempts(std::string_view realm, std::string_view id)
{
    if (auto row = memory_.attempts.forget(realm, id, std::chrono::system_clock::now()))
        queue_.add(std::move(*row));
}

Result<std::shared_ptr<Store>> open_store(const StoreSettings& settings)
{
    std::int64_t writer = 0;
    if (::RAND_bytes(reinterpret_cast<unsigned char*>(&writer), sizeof writer) != 1)
        return unavailable("the store needs a random number, and OpenSSL has none");
    writer &= INT64_MAX;
    auto database = make_database(settings, Purpose::serve, writer);
    if (!database)
        return std::unexpected(database.error());
    auto store = std::make_shared<DurableStore>(std::move(*database), writer);
    if (auto started = store->start(); !started)
        return std::unexpected(started.error());
    return store;
}

} // namespace gatehouse::store
