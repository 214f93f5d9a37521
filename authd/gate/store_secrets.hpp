#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/snapshot.hpp"
#include "identity/person.hpp"
#include "identity/reason.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::gate
{

/// Makes store secrets (wire/store_secret.hpp), and takes each of them once. Thread-safe.
class StoreSecrets
{
public:
    /// The keys of all authds of the institution; the first one makes, all are accepted.
    using Keys = std::vector<Secret>;

    /// A minter's clock may be ahead by this much.
    static constexpr std::chrono::seconds clocks_differ{5};
    /// Spent ones that are remembered at once: room for 4,000 logins a second.
    static constexpr std::size_t max_spent = 131'072;

    /// `started`: what was made before is not taken, since nobody remembers which of them were spent. Error:
    /// `unavailable` without random numbers, `limit` when the secret memory is full.
    static Result<std::unique_ptr<StoreSecrets>> create(WallTime started, std::size_t capacity = max_spent);

    /// Null: a key of this process's own, the same at each call. Holds from the next call on.
    void set_keys(std::shared_ptr<const Keys> keys);

    /// For whom and what one is made.
    struct Order {
        std::string_view realm;
        std::string_view id;    ///< Person::id
        std::string_view login; ///< the name that is shown with it
        std::string_view service;
        std::string_view store;
    };
    /// Errors: `invalid` for what a store secret cannot hold, `unavailable` and `limit` as above.
    Result<Secret> make(const Order& order, WallTime now) const;

    /// With what a store secret was shown.
    struct Showing {
        std::string_view store; ///< that the listener serves; empty: none
        std::string_view service;
        std::string_view login;
        std::string_view realm_hint; ///< of the caller's protocol; empty: none
    };
    struct Whose {
        std::string realm;
        std::string id;
    };
    struct Refusal {
        Reason reason; ///< a refusal, or an outage
        std::string why;
    };
    /// Takes a secret that is good, and spends it. `now`: of the clock that all authds share.
    std::expected<Whose, Refusal> take(std::string_view text, const Showing& showing, WallTime now);

private:
    using Moment = std::chrono::sys_time<std::chrono::milliseconds>;
    using Spent = std::pair<Moment, std::array<std::uint8_t, 16>>; // when it was made, and its nonce

    StoreSecrets(std::shared_ptr<const Keys> own, WallTime started, std::size_t capacity);
    std::expected<void, Refusal> spend(const Spent& shown, Moment now);

    const std::shared_ptr<const Keys> own_key_;
    Snapshot<Keys> keys_;
    const std::size_t capacity_;
    std::mutex mutex_;
    std::set<Spent> spent_; // the oldest first
    Moment from_;           // what was made before is too old, whatever the clock is set back to
};

} // namespace gatehouse::gate
