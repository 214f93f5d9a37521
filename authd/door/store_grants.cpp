#include "door/store_grants.hpp"

#include "base/text.hpp"

#include <openssl/rand.h>

#include <array>

namespace gatehouse::door
{

std::string StoreGrants::give(const Person& person, Deadline now)
{
    std::array<std::uint8_t, 16> random{};
    if (person.id.empty() || RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return {};
    drop_old(now);
    if (order_.size() >= max_kept)
        drop_oldest();
    std::string grant = text::base64url(random);
    order_.push_back({grant, now + kept_for});
    kept_.emplace(grant, gate::StoreGrant{.realm = person.realm, .id = person.id, .mailbox = person.mailbox});
    return grant;
}

std::optional<gate::StoreGrant> StoreGrants::find(const std::string& grant, Deadline now)
{
    drop_old(now);
    const auto at = kept_.find(grant);
    return at == kept_.end() ? std::nullopt : std::optional(at->second);
}

void StoreGrants::drop_old(Deadline now)
{
    while (!order_.empty() && order_.front().until <= now)
        drop_oldest();
}

void StoreGrants::drop_oldest()
{
    kept_.erase(order_.front().grant);
    order_.pop_front();
}

} // namespace gatehouse::door
