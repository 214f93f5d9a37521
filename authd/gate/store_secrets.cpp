#include "gate/store_secrets.hpp"

#include "base/text.hpp"
#include "wire/store_secret.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace gatehouse::gate
{

namespace
{
using wire::StoreSecret;
using Refusal = StoreSecrets::Refusal;

std::unexpected<Refusal> refused(std::string why)
{
    return std::unexpected(Refusal{Reason::store_secret_refused, std::move(why)});
}

std::unexpected<Refusal> expired(std::string why)
{
    return std::unexpected(Refusal{Reason::store_secret_expired, std::move(why)});
}

std::unexpected<Refusal> unreadable(wire::WireError error)
{
    if (error == wire::WireError::out_of_memory)
        return std::unexpected(Refusal{Reason::overloaded, "the secret memory is full"});
    return refused("it is damaged");
}

Result<Secret> random_key()
{
    std::array<std::uint8_t, wire::min_store_key> random{};
    if (RAND_priv_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return unavailable("OpenSSL has no random numbers");
    Secret key;
    const bool kept = key.append(random);
    OPENSSL_cleanse(random.data(), random.size());
    if (!kept)
        return over_limit("the secret memory is full");
    return key;
}

/// Ours, and for this store, service and login name?
std::expected<void, Refusal> check_showing(const wire::ShownStoreSecret& shown, const StoreSecrets::Keys& keys,
                                           const StoreSecrets::Showing& showing)
{
    bool ours = false;
    for (const Secret& key : keys) {
        const auto made = wire::is_made_with(shown, key);
        if (!made)
            return unreadable(made.error());
        ours = ours || *made;
    }
    if (!ours)
        return refused("it is damaged, or was made with another key");
    const StoreSecret& says = shown.says;
    if (!text::equal_ignoring_case(says.store, showing.store))
        return refused("it was made for store " + says.store);
    if (says.service != showing.service)
        return refused("it was made for service " + says.service);
    const bool same =
        says.login_print == wire::login_print(showing.login) ||
        (!showing.realm_hint.empty() &&
         says.login_print == wire::login_print(std::string(showing.login) + '@' + std::string(showing.realm_hint)));
    if (!same)
        return refused("it was made for another login name");
    return {};
}
} // namespace

Result<std::unique_ptr<StoreSecrets>> StoreSecrets::create(WallTime started, std::size_t capacity)
{
    auto key = random_key();
    if (!key)
        return std::unexpected(std::move(key.error()));
    auto own = std::make_shared<Keys>();
    own->push_back(std::move(*key));
    return std::unique_ptr<StoreSecrets>(new StoreSecrets(std::move(own), started, capacity));
}

StoreSecrets::StoreSecrets(std::shared_ptr<const Keys> own, WallTime started, std::size_t capacity)
    : own_key_(std::move(own)),
      keys_(own_key_),
      capacity_(capacity),
      from_(std::chrono::floor<std::chrono::milliseconds>(started))
{
}

void StoreSecrets::set_keys(std::shared_ptr<const Keys> keys)
{
    keys_.set(keys && !keys->empty() ? std::move(keys) : own_key_);
}

Result<Secret> StoreSecrets::make(const Order& order, WallTime now) const
{
    StoreSecret secret{.minted = std::chrono::floor<std::chrono::milliseconds>(now),
                       .login_print = wire::login_print(order.login),
                       .realm = std::string(order.realm),
                       .id = std::string(order.id),
                       .service = std::string(order.service),
                       .store = std::string(order.store)};
    if (RAND_bytes(secret.nonce.data(), static_cast<int>(secret.nonce.size())) != 1)
        return unavailable("OpenSSL has no random numbers");
    const auto keys = keys_.get();
    auto text = wire::format_store_secret(secret, keys->front());
    if (text)
        return std::move(*text);
    switch (text.error()) {
    case wire::WireError::out_of_memory: return over_limit("the secret memory is full");
    case wire::WireError::too_long:
        return invalid("the names of realm, service and store and the person's id are too long for a store secret");
    default: return invalid("expected a store's name of 1 to 64 letters, digits, '.', '-' and '_'");
    }
}

std::expected<StoreSecrets::Whose, StoreSecrets::Refusal> StoreSecrets::take(std::string_view text,
                                                                             const Showing& showing, WallTime now)
{
    if (showing.store.empty())
        return refused("the listener says no store whose secrets it takes (store)");
    auto shown = wire::parse_store_secret(text);
    if (!shown)
        return unreadable(shown.error());
    const auto keys = keys_.get();
    if (auto fits = check_showing(*shown, *keys, showing); !fits)
        return std::unexpected(std::move(fits.error()));
    StoreSecret& says = shown->says;
    const auto spent = spend({says.minted, says.nonce}, std::chrono::floor<std::chrono::milliseconds>(now));
    if (!spent)
        return std::unexpected(spent.error());
    return Whose{.realm = std::move(says.realm), .id = std::move(says.id)};
}

/// What is forgotten is too old for good: a clock that is set back does not make it new again.
std::expected<void, StoreSecrets::Refusal> StoreSecrets::spend(const Spent& shown, Moment now)
{
    const Moment minted = shown.first;
    const std::lock_guard lock(mutex_);
    while (!spent_.empty() && now - spent_.begin()->first > wire::store_secret_lives) {
        from_ = std::max(from_, spent_.begin()->first + std::chrono::milliseconds(1));
        spent_.erase(spent_.begin());
    }
    if (minted - now > clocks_differ)
        return expired("it was made in the future: do the clocks agree?");
    if (now - minted > wire::store_secret_lives)
        return expired("it was made more than 30 s ago");
    if (minted < from_)
        return expired("it was made before this authd started, or before its clock was set back");
    if (spent_.contains(shown))
        return std::unexpected(Refusal{Reason::store_secret_spent, "it was shown before"});
    if (spent_.size() >= capacity_)
        return std::unexpected(Refusal{Reason::overloaded, "too many store secrets were spent within 30 s"});
    spent_.insert(shown);
    return {};
}

} // namespace gatehouse::gate
