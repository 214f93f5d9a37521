#pragma once

#include "base/async.hpp"
#include "base/blocking_pool.hpp"
#include "base/deadline.hpp"
#include "base/signal.hpp"
#include "identity/directory.hpp"
#include "kerberos/kdc_lookup.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

/// The KDCs of a realm: their addresses, the health of each, and so the order in which they are asked. Thread-safe. To
/// be held by a shared_ptr.
///
/// Addresses are a minute old at most when a look-up answers; while it does not, the old ones serve. One look-up is
/// under way at a time, so names that hang take one thread of the pool. A KDC that failed goes to the end of the order;
/// after a second, and then after doubled times up to 30 s, one login tries it in its place again.
class KdcSet : public std::enable_shared_from_this<KdcSet>
{
public:
    /// `pool` outlives it.
    KdcSet(std::vector<KdcName> names, std::string realm, BlockingPool& pool);

    /// All KDCs, the one to ask first in front. Not empty. Error: `unavailable`, `deadline`, `limit` when the pool is
    /// full.
    Awaitable<Result<std::vector<Kdc>>> in_order(Deadline deadline);

    void answered(const Kdc& kdc, std::chrono::microseconds latency);
    void failed(const Kdc& kdc, const std::string& why);

    std::vector<ServerHealth> health() const;

private:
    struct Known {
        Kdc kdc;
        ServerHealth health;
        Deadline retry_at{}; ///< while it counts as failed
    };

    Result<Signal> look_up(); // with the mutex held
    void take(Result<std::vector<Kdc>> found);
    std::vector<Kdc> ordered(); // with the mutex held
    Known* known(const Kdc& kdc);

    const std::vector<KdcName> names_;
    const std::string realm_;
    BlockingPool& pool_;

    mutable std::mutex mutex_;
    std::vector<Known> known_;
    Deadline fresh_until_{};
    bool looking_ = false;
    std::vector<Signal> waiting_; // for the look-up under way
    std::string trouble_;         // of the last look-up
};

} // namespace gatehouse::kerberos
