#include "store/memory.hpp"

#include "base/log.hpp"

namespace gatehouse::store
{

void Memory::take(MailboxRow row)
{
    mailboxes.put(row);
}

void Memory::take(NetworkRow row)
{
    if (row.day + days_remembered >= day_of(std::chrono::system_clock::now()))
        networks.see(row.realm, row.id, row.network, row.day);
}

void Memory::take(StepsRow row)
{
    counters.learn(row, std::chrono::system_clock::now());
}

void Memory::take(KeptRow row)
{
    if (auto put = kept.put(row.key, std::move(row.bytes)); !put)
        log::error("store: {}", put.error().text);
}

void Memory::take(AttemptRow row)
{
    attempts.learn(row, std::chrono::system_clock::now());
}

void Memory::forget(WallTime now)
{
    networks.forget_before(day_of(now) - days_remembered);
    counters.sweep(now);
    attempts.sweep(now);
}

} // namespace gatehouse::store
