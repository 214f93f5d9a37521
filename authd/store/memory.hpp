#pragma once

#include "store/attempts.hpp"
#include "store/counters.hpp"
#include "store/kept_bytes.hpp"
#include "store/mailboxes.hpp"
#include "store/networks.hpp"
#include "store/rows.hpp"

namespace gatehouse::store
{

/// What the store is asked from: everything that the database holds. Thread-safe.
struct Memory final : RowSink {
    /// `writer`: the number of this process (StepsRow).
    explicit Memory(std::int64_t writer) : counters(writer), attempts(writer) {}

    void take(MailboxRow row) override;
    void take(NetworkRow row) override;
    void take(StepsRow row) override;
    void take(KeptRow row) override;
    void take(AttemptRow row) override;
    /// Forgets what is too old to count.
    void forget(WallTime now);

    Mailboxes mailboxes;
    Networks networks;
    Counters counters;
    KeptBytes kept;
    Attempts attempts;
};

} // namespace gatehouse::store
