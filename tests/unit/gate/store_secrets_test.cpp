// Making store secrets, and taking each once.
#include "gate/store_secrets.hpp"

#include "wire/store_secret.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::gate;
using namespace std::chrono_literals;

namespace
{
const WallTime noon{1'800'000'000s};
const StoreSecrets::Order for_alice{
    .realm = "CAMPUS", .id = "id-alice", .login = "alice", .service = "imap", .store = "imap1.campus.example"};
const StoreSecrets::Showing by_alice{
    .store = "imap1.campus.example", .service = "imap", .login = "alice", .realm_hint = {}};

std::unique_ptr<StoreSecrets> secrets(WallTime started = {}, std::size_t capacity = 100)
{
    return StoreSecrets::create(started, capacity).value();
}

std::shared_ptr<const StoreSecrets::Keys> keys(std::vector<std::string_view> texts)
{
    auto keys = std::make_shared<StoreSecrets::Keys>();
    for (const std::string_view text : texts)
        REQUIRE(keys->emplace_back().append(text));
    return keys;
}

std::string made_by(const StoreSecrets& by, WallTime at = noon, const StoreSecrets::Order& order = for_alice)
{
    return std::string(by.make(order, at).value().view());
}

/// The reason, granted when it was taken.
Reason taken(StoreSecrets& by, std::string_view text, WallTime at = noon,
             const StoreSecrets::Showing& showing = by_alice)
{
    const auto whose = by.take(text, showing, at);
    if (!whose) {
        CHECK_FALSE(whose.error().why.empty());
        return whose.error().reason;
    }
    CHECK(whose->realm == "CAMPUS");
    CHECK(whose->id == "id-alice");
    return Reason::granted;
}

StoreSecrets::Showing showing(auto change)
{
    StoreSecrets::Showing other = by_alice;
    change(other);
    return other;
}
} // namespace

TEST_CASE("a store secret is good once", "[unit]")
{
    const auto store = secrets();
    const std::string text = made_by(*store);
    REQUIRE(made_by(*store) != text);
    REQUIRE(taken(*store, text) == Reason::granted);
    REQUIRE(taken(*store, text) == Reason::store_secret_spent);
    REQUIRE(taken(*store, text, noon + 30s) == Reason::store_secret_spent);
    REQUIRE(taken(*store, text, noon + 31s) == Reason::store_secret_expired);
}

TEST_CASE("a store secret lives for 30 s, and for a clock that is 5 s behind from the start", "[unit]")
{
    const auto store = secrets();
    REQUIRE(taken(*store, made_by(*store), noon + 30s) == Reason::granted);
    REQUIRE(taken(*store, made_by(*store), noon + 30s + 1ms) == Reason::store_secret_expired);
    const auto behind = secrets();
    REQUIRE(taken(*behind, made_by(*behind), noon - 5s) == Reason::granted);
    REQUIRE(taken(*behind, made_by(*behind), noon - 5s - 1ms) == Reason::store_secret_expired);
}

TEST_CASE("a store secret is good for its store, service and login name alone, and a try elsewhere does not spend it",
          "[unit]")
{
    const auto store = secrets();
    const std::string text = made_by(*store);
    for (const auto& other :
         {showing([](auto& s) { s.store = "imap2.campus.example"; }), showing([](auto& s) { s.store = {}; }),
          showing([](auto& s) { s.service = "pop"; }), showing([](auto& s) { s.login = "bob"; }),
          showing([](auto& s) { s.login = "alice@campus.example"; }), showing([](auto& s) { s.login = {}; })})
        REQUIRE(taken(*store, text, noon, other) == Reason::store_secret_refused);
    // Host names have no case.
    REQUIRE(taken(*store, text, noon, showing([](auto& s) { s.store = "IMAP1.campus.example"; })) == Reason::granted);
}

TEST_CASE("a mailbox name with a realm may come in two parts", "[unit]")
{
    const auto store = secrets();
    StoreSecrets::Order order = for_alice;
    order.login = "alice@campus.example";
    const auto hinted = [](std::string_view login, std::string_view realm) {
        return showing([&](auto& s) {
            s.login = login;
            s.realm_hint = realm;
        });
    };
    REQUIRE(taken(*store, made_by(*store, noon, order), noon, hinted("alice@campus.example", "")) == Reason::granted);
    REQUIRE(taken(*store, made_by(*store, noon, order), noon, hinted("alice", "campus.example")) == Reason::granted);
    REQUIRE(taken(*store, made_by(*store, noon, order), noon, hinted("alice", "other.example")) ==
            Reason::store_secret_refused);
    REQUIRE(taken(*store, made_by(*store, noon, order), noon, hinted("alice", "")) == Reason::store_secret_refused);
}

TEST_CASE("what was made before the start is not taken, since what was spent then is not known", "[unit]")
{
    const auto before = secrets();
    before->set_keys(keys({"0123456789abcdef0123456789abcdef"}));
    const auto after = secrets(noon);
    after->set_keys(keys({"0123456789abcdef0123456789abcdef"}));
    REQUIRE(taken(*after, made_by(*before, noon - 1ms)) == Reason::store_secret_expired);
    REQUIRE(taken(*after, made_by(*before, noon)) == Reason::granted);
}

TEST_CASE("a clock that is set back makes no store secret new again", "[unit]")
{
    const auto store = secrets();
    const std::string text = made_by(*store);
    REQUIRE(taken(*store, text) == Reason::granted);
    REQUIRE(taken(*store, made_by(*store, noon + 1min), noon + 1min) == Reason::granted); // the first one is forgotten
    REQUIRE(taken(*store, text) == Reason::store_secret_expired);
}

TEST_CASE("when no more can be remembered nothing is taken twice, nothing is refused, and it passes", "[unit]")
{
    const auto store = secrets({}, 3);
    std::vector<std::string> texts;
    for (int i = 0; i < 3; ++i)
        REQUIRE(taken(*store, texts.emplace_back(made_by(*store, noon + i * 1s)), noon + 2s) == Reason::granted);
    const std::string more = made_by(*store, noon + 20s);
    REQUIRE(taken(*store, more, noon + 20s) == Reason::overloaded);
    REQUIRE(is_outage(Reason::overloaded));
    for (const std::string& text : texts)
        REQUIRE(taken(*store, text, noon + 20s) == Reason::store_secret_spent);
    REQUIRE(taken(*store, more, noon + 30s + 1ms) == Reason::granted); // it was not spent before
    REQUIRE(taken(*store, more, noon + 30s + 1ms) == Reason::store_secret_spent);
}

TEST_CASE("the first key makes, all are accepted, and without one there is a key of our own", "[unit]")
{
    constexpr std::string_view old_key = "old old old old old old old old ";
    constexpr std::string_view new_key = "new new new new new new new new ";
    const auto minter = secrets();
    const auto taker = secrets();
    REQUIRE(taken(*taker, made_by(*minter)) == Reason::store_secret_refused); // two keys of their own
    minter->set_keys(keys({old_key}));
    taker->set_keys(keys({new_key, old_key}));
    REQUIRE(taken(*taker, made_by(*minter)) == Reason::granted);
    REQUIRE(taken(*minter, made_by(*taker)) == Reason::store_secret_refused);
    taker->set_keys(keys({new_key}));
    REQUIRE(taken(*taker, made_by(*minter)) == Reason::store_secret_refused);

    minter->set_keys(nullptr);
    const std::string own = made_by(*minter);
    minter->set_keys(keys({old_key}));
    minter->set_keys(nullptr); // a reload does not change it
    REQUIRE(taken(*minter, own) == Reason::granted);
}

TEST_CASE("what is damaged is refused, and what cannot be made is told", "[unit]")
{
    const auto store = secrets();
    std::string text = made_by(*store);
    text[text.size() / 3] ^= 1;
    REQUIRE(taken(*store, text) == Reason::store_secret_refused);
    REQUIRE(taken(*store, "ghs1.") == Reason::store_secret_refused);
    REQUIRE(taken(*store, "ghs1." + std::string(10'000, 'a')) == Reason::store_secret_refused);
    StoreSecrets::Order order = for_alice;
    order.store = "no store";
    REQUIRE(store->make(order, noon).error().kind == ErrorKind::invalid);
    order = for_alice;
    const std::string long_id(200, 'i');
    order.id = long_id;
    REQUIRE(store->make(order, noon).error().text.contains("too long"));
}

TEST_CASE("of many who show a store secret at once one is let in", "[unit]")
{
    const auto store = secrets();
    const std::string text = made_by(*store);
    std::atomic<int> granted = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            if (store->take(text, by_alice, noon))
                ++granted;
        });
    threads.clear();
    REQUIRE(granted == 1);
}
