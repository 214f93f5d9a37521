#pragma once

#include "gate/label_values.hpp"
#include "identity/attempt.hpp"
#include "identity/directory.hpp"
#include "identity/verdict.hpp"

#include <prometheus/collectable.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::gate
{

/// Counts logins for the metrics page (docs/monitoring.md). Thread-safe without a lock or an allocation, for a login
/// answered from memory takes some microseconds and all workers count the same things; prometheus::Histogram takes a
/// mutex. Bounded whatever clients send: a service that is not among the first `max_services`, or that its listener
/// refuses, is "other"; so is a mechanism that this build does not know, and every service of a series beyond
/// `max_series`.
class LoginMetrics final : public prometheus::Collectable
{
public:
    static constexpr std::size_t max_services = 64;
    static constexpr std::size_t max_series = 3000;

    /// Once a login, when its verdict is reached. `took`: without the wait of the refusal grid.
    void observe(const Attempt& attempt, const Pins& pins, const Verdict& verdict, const Trail& trail,
                 std::chrono::microseconds took);

    /// What was counted since the start.
    std::vector<prometheus::MetricFamily> Collect() const override;

private:
    using Count = std::atomic<std::uint64_t>;
    using Services = LabelValues<max_services>;
    using Doors = LabelValues<15>;

    static constexpr std::size_t verdicts = 3;
    static constexpr std::size_t sources = static_cast<std::size_t>(Source::verifier) + 1;
    static constexpr std::size_t buckets = 19; ///< of the histogram, +Inf among them

    /// Logins that share service, door, mechanism and reason. Its place in `series_` is found by hashing.
    struct Labels {
        Services::Number service = Services::other;
        Doors::Number door = Doors::other;
        std::uint8_t mechanism = 0; ///< its place in the mechanism table, from 1; 0: other
        Reason reason = Reason::granted;
    };
    struct Series {
        std::atomic<std::uint32_t> labels{0}; ///< packed; 0: free
        Count logins{0};
    };
    struct alignas(64) Durations {
        std::array<Count, buckets> logins{}; ///< by bucket, not cumulative
        Count microseconds{0};
    };

    static std::uint32_t pack(const Labels& labels);
    static Labels unpack(std::uint32_t packed);
    Count& series_of(Labels labels);
    Count* find_or_add(std::uint32_t packed, std::size_t limit);
    prometheus::MetricFamily collect_logins() const;
    prometheus::MetricFamily collect_durations() const;
    prometheus::MetricFamily collect_sources() const;

    // Twice what is needed, so that a free place is near: `max_series`, and one for each door and reason.
    static constexpr std::size_t places = 8192;

    Services services_;
    Doors doors_;
    std::array<Series, places> series_;
    std::atomic<std::size_t> series_used_{0};
    std::array<std::array<Durations, verdicts>, Doors::numbers> durations_;
    std::array<Count, sources> sources_{};
    Count old_password_window_{0};
};

} // namespace gatehouse::gate
