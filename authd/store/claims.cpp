#include "store/claims.hpp"

#include "base/log.hpp"
#include "store/mailbox_name.hpp"

namespace gatehouse::store
{

Result<Claims::Begun> Claims::begin(std::string realm, std::string id, std::string wanted,
                                    const boost::asio::any_io_executor& executor)
{
    const std::lock_guard lock(mutex_);
    if (auto fixed = mailboxes_.find(realm, id))
        return Begun{.name = std::move(*fixed)};
    if (standing_ == Standing::unread)
        return unavailable("the store has been away since the start: whose mailbox names are taken is not known");
    const Owner owner(std::move(realm), std::move(id));
    const auto pending = pending_of(owner, wanted);
    if (!pending)
        return std::unexpected(pending.error());
    if (standing_ == Standing::away) {
        hand_out(owner, **pending);
        return Begun{.name = (*pending)->choice};
    }
    return Begun{.receipt = (*pending)->receipts.emplace_back(std::make_shared<Receipt>(executor))};
}

Result<Claims::Pending*> Claims::pending_of(const Owner& owner, const std::string& wanted)
{
    if (const auto found = pending_.find(owner); found != pending_.end())
        return &found->second;
    for (std::uint32_t number = 1; number <= last_candidate; ++number) {
        const std::string choice = candidate(wanted, number);
        if (mailboxes_.taken(choice))
            continue;
        if (auto queued = queue_.add(Claim{owner.first, owner.second, wanted, number}); !queued)
            return std::unexpected(queued.error());
        mailboxes_.reserve(choice); // for good, whatever becomes of the claim
        return &pending_.emplace(owner, Pending{.choice = choice}).first->second;
    }
    return over_limit("the mailbox names " + wanted + " to " + candidate(wanted, last_candidate) + " are all taken");
}

Result<std::string> Claims::hand_out(const std::string& realm, const std::string& id)
{
    const std::lock_guard lock(mutex_);
    if (const auto found = pending_.find({realm, id}); found != pending_.end())
        hand_out(found->first, found->second);
    if (auto fixed = mailboxes_.find(realm, id))
        return std::move(*fixed);
    return unavailable("the store refused the mailbox name of " + realm + "/" + id);
}

void Claims::hand_out(const Owner& owner, Pending& pending)
{
    pending.handed_out = true;
    mailboxes_.put({owner.first, owner.second, pending.choice});
    for (const auto& receipt : pending.receipts)
        receipt->deliver(pending.choice);
    pending.receipts.clear();
}

void Claims::set_standing(Standing standing)
{
    const std::lock_guard lock(mutex_);
    standing_ = standing;
    if (standing == Standing::there)
        return;
    for (auto& [owner, pending] : pending_)
        hand_out(owner, pending);
}

void Claims::settle(const Claim& claim, const Settled& settled)
{
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find({claim.realm, claim.id});
    if (found == pending_.end())
        return;
    const Pending pending = std::move(found->second);
    pending_.erase(found);
    mailboxes_.put({claim.realm, claim.id, settled.name});
    for (const auto& receipt : pending.receipts)
        receipt->deliver(settled.name);
    if (!pending.handed_out || pending.choice == settled.name)
        return;
    const std::string why =
        settled.rival.empty() ? "another node had given this person a name before" : "it belongs to " + settled.rival;
    log::warn(
        "store: {}/{} was given the mailbox name \"{}\" while the database was away, but {}: the mailbox is \"{}\" "
        "from now on. Mail that was delivered to \"{}\" meanwhile may have to be moved",
        claim.realm, claim.id, pending.choice, why, settled.name, pending.choice);
}

void Claims::reject(const Claim& claim, const Error& error)
{
    log::error("store: the mailbox name of {}/{} cannot be written: {}", claim.realm, claim.id, error.text);
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find({claim.realm, claim.id});
    if (found == pending_.end())
        return;
    for (const auto& receipt : found->second.receipts)
        receipt->deliver(std::unexpected(error));
    pending_.erase(found);
}

void Claims::report_lost()
{
    const std::lock_guard lock(mutex_);
    for (const auto& [owner, pending] : pending_)
        log::error(
            "store: the mailbox name \"{}\" of {}/{} was not written: the database was away until the end. At the "
            "next login the person may get another",
            pending.choice, owner.first, owner.second);
}

} // namespace gatehouse::store
