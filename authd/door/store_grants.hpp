#pragma once

#include "base/deadline.hpp"
#include "gate/store_login.hpp"
#include "identity/person.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace gatehouse::door
{

/// Whom one connection of the native door was granted lately: for them it may ask for store secrets. Used on the
/// connection's worker only.
class StoreGrants
{
public:
    static constexpr std::chrono::seconds kept_for{60};
    static constexpr std::size_t max_kept = 4096; ///< the oldest goes when there are more

    /// The text by which the person is found again: 16 random bytes in base64url. Empty when only a name is known of
    /// the person, or OpenSSL has no random numbers.
    std::string give(const Person& person, Deadline now);
    /// Nothing: no such grant, or not any more.
    std::optional<gate::StoreGrant> find(const std::string& grant, Deadline now);

private:
    void drop_old(Deadline now);
    void drop_oldest();

    struct Kept {
        std::string grant;
        Deadline until;
    };
    std::deque<Kept> order_; // the oldest first
    std::unordered_map<std::string, gate::StoreGrant> kept_;
};

} // namespace gatehouse::door
