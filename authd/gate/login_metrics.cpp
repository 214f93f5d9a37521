#include "gate/login_metrics.hpp"

#include "base/text.hpp"
#include "sasl/mechanism_table.hpp"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <limits>
#include <string>

namespace gatehouse::gate
{

using namespace std::chrono_literals;

namespace
{
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = ClientMetric::Label;

// From a proof in memory to the longest that a door waits.
constexpr std::array<std::chrono::microseconds, 18> bounds = {50us, 100us, 250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms,
                                                              50ms, 100ms, 250ms, 500ms, 1s,  2500ms, 5s,  10s,  15s};

constexpr std::array<std::string_view, 3> verdict_names = {"granted", "denied", "unavailable"};

std::size_t verdict_of(Reason reason)
{
    return reason == Reason::granted ? 0 : is_outage(reason) ? 2 : 1;
}

Label label(const char* name, std::string_view value)
{
    return {name, std::string(value)};
}

std::uint8_t mechanism_number(std::string_view name)
{
    const auto known = sasl::mechanisms();
    const auto found = std::ranges::find_if(
        known, [&](const Mechanism* mechanism) { return text::equal_ignoring_case(mechanism->name, name); });
    return found == known.end() ? 0 : static_cast<std::uint8_t>(found - known.begin() + 1);
}

std::string_view mechanism_name(std::uint8_t number)
{
    return number == 0 ? "other" : sasl::mechanisms()[number - 1U]->name;
}

double seconds(std::uint64_t microseconds)
{
    return static_cast<double>(microseconds) / 1e6;
}

ClientMetric counted(std::vector<Label> labels, std::uint64_t value)
{
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = static_cast<double>(value);
    return metric;
}
} // namespace

void LoginMetrics::observe(const Attempt& attempt, const Pins& pins, const Verdict& verdict, const Trail& trail,
                           std::chrono::microseconds took)
{
    const Reason reason = verdict.reason();
    const Labels labels{.service = reason == Reason::service_not_allowed ? Services::other
                                                                         : services_.number_of(attempt.service),
                        .door = doors_.number_of(pins.door),
                        .mechanism = mechanism_number(attempt.mechanism),
                        .reason = reason};
    series_of(labels).fetch_add(1, std::memory_order_relaxed);

    Durations& durations = durations_[labels.door][verdict_of(reason)];
    static_assert(buckets == bounds.size() + 1);
    const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds, took) - bounds.begin());
    durations.logins[bucket].fetch_add(1, std::memory_order_relaxed);
    durations.microseconds.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);

    if (trail.source != Source::none)
        sources_[static_cast<std::size_t>(trail.source)].fetch_add(1, std::memory_order_relaxed);
    if (trail.old_password_window)
        old_password_window_.fetch_add(1, std::memory_order_relaxed);
}

std::uint32_t LoginMetrics::pack(const Labels& labels)
{
    constexpr std::uint32_t taken = 1U << 31; // tells the first of all labels from a free place
    return taken | static_cast<std::uint32_t>(labels.service) << 16 | static_cast<std::uint32_t>(labels.door) << 12 |
           static_cast<std::uint32_t>(labels.mechanism & 0xf) << 8 | static_cast<std::uint32_t>(labels.reason);
}

LoginMetrics::Labels LoginMetrics::unpack(std::uint32_t packed)
{
    return {.service = static_cast<Services::Number>(packed >> 16 & 0xff),
            .door = static_cast<Doors::Number>(packed >> 12 & 0xf),
            .mechanism = static_cast<std::uint8_t>(packed >> 8 & 0xf),
            .reason = static_cast<Reason>(packed & 0xff)};
}

LoginMetrics::Count& LoginMetrics::series_of(Labels labels)
{
    if (Count* const own = find_or_add(pack(labels), max_series))
        return *own;
    labels.service = Services::other;
    labels.mechanism = 0;
    return *find_or_add(pack(labels), places); // there is always room for these few
}

/// Null: the series is new, and `limit` are there already.
LoginMetrics::Count* LoginMetrics::find_or_add(std::uint32_t packed, std::size_t limit)
{
    constexpr std::uint32_t golden = 2654435769U; // Knuth's multiplicative hash
    for (std::size_t place = (packed * golden >> 16) % places;; place = (place + 1) % places) {
        Series& series = series_[place];
        std::uint32_t there = series.labels.load(std::memory_order_relaxed);
        if (there == packed)
            return &series.logins;
        if (there != 0)
            continue;
        if (series_used_.load(std::memory_order_relaxed) >= limit)
            return nullptr;
        if (series.labels.compare_exchange_strong(there, packed, std::memory_order_release)) {
            series_used_.fetch_add(1, std::memory_order_relaxed);
            return &series.logins;
        }
        if (there == packed) // another thread was first
            return &series.logins;
    }
}

std::vector<MetricFamily> LoginMetrics::Collect() const
{
    MetricFamily old_password{"gatehouse_old_password_window_total",
                              "Logins granted although the password may be the one before the present one",
                              MetricType::Counter,
                              {counted({}, old_password_window_.load(std::memory_order_relaxed))}};
    return {collect_logins(), collect_durations(), collect_sources(), std::move(old_password)};
}

MetricFamily LoginMetrics::collect_logins() const
{
    MetricFamily family{
        "gatehouse_logins_total", "Logins by what was asked for and how they ended", MetricType::Counter, {}};
    for (const Series& series : series_) {
        const std::uint32_t packed = series.labels.load(std::memory_order_acquire); // and so the labels' texts
        if (packed == 0)
            continue;
        const Labels labels = unpack(packed);
        family.metric.push_back(counted(
            {label("service", services_.value_of(labels.service)), label("door", doors_.value_of(labels.door)),
             label("mechanism", mechanism_name(labels.mechanism)),
             label("verdict", verdict_names[verdict_of(labels.reason)]), label("reason", name_of(labels.reason))},
            series.logins.load(std::memory_order_relaxed)));
    }
    return family;
}

MetricFamily LoginMetrics::collect_durations() const
{
    MetricFamily family{"gatehouse_login_seconds",
                        "From a login's arrival to its verdict, without the wait that hides why it was refused",
                        MetricType::Histogram,
                        {}};
    for (std::size_t door = 0; door <= doors_.count(); ++door) {
        for (std::size_t verdict = 0; verdict < verdicts; ++verdict) {
            const Durations& durations = durations_[door][verdict];
            ClientMetric metric;
            std::uint64_t& count = metric.histogram.sample_count;
            for (std::size_t i = 0; i < durations.logins.size(); ++i) {
                count += durations.logins[i].load(std::memory_order_relaxed);
                const double bound = i < bounds.size() ? seconds(static_cast<std::uint64_t>(bounds[i].count()))
                                                       : std::numeric_limits<double>::infinity();
                metric.histogram.bucket.push_back({count, bound});
            }
            if (count == 0)
                continue;
            metric.histogram.sample_sum = seconds(durations.microseconds.load(std::memory_order_relaxed));
            metric.label = {label("door", doors_.value_of(static_cast<Doors::Number>(door))),
                            label("verdict", verdict_names[verdict])};
            family.metric.push_back(std::move(metric));
        }
    }
    return family;
}

MetricFamily LoginMetrics::collect_sources() const
{
    MetricFamily family{
        "gatehouse_password_decisions_total", "Passwords decided on, by what decided", MetricType::Counter, {}};
    for (std::size_t i = 1; i < sources; ++i)
        family.metric.push_back(
            counted({label("source", name_of(static_cast<Source>(i)))}, sources_[i].load(std::memory_order_relaxed)));
    return family;
}

} // namespace gatehouse::gate
