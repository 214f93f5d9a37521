#pragma once

#include <prometheus/metric_family.h>

#include <optional>
#include <utility>
#include <vector>

/// What a program of ours tells Prometheus about itself, and the page that shows it. docs/monitoring.md explains every
/// name; what an administrator should act on has an alert in config/monitoring.
namespace gatehouse::metrics
{

using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<prometheus::ClientMetric::Label>;
using Type = prometheus::MetricType;

/// One sample more; of a counter or a gauge, as the family is.
void add(prometheus::MetricFamily& family, Labels labels, double value);

/// A family without a sample yet; valid until the next is told.
prometheus::MetricFamily& family(Families& families, Type type, const char* name, const char* help);

/// A family of one sample.
void tell(Families& families, Type type, const char* name, const char* help, double value, Labels labels = {});

/// The version, and what every Prometheus client library tells of a process, under the same names. `started`: Unix
/// time.
void tell_program(Families& families, double started);
/// The locked memory of this process.
void tell_secret_memory(Families& families, std::size_t used, std::size_t size);

/// Unix time.
double now();

/// Families with a sample for each of several things of one kind.
template <class Thing>
class Told
{
public:
    Told(Families& families, const std::vector<Thing>& things, Labels (*labels_of)(const Thing&))
        : families_(families), things_(things), labels_of_(labels_of)
    {
    }

    /// `value_of` gives a number, or an optional one: a thing without it has no sample.
    template <class Value>
    void tell(Type type, const char* name, const char* help, Value value_of)
    {
        prometheus::MetricFamily& told = family(families_, type, name, help);
        for (const Thing& thing : things_)
            if (const auto value = std::optional(value_of(thing)))
                add(told, labels_of_(thing), static_cast<double>(*value));
    }

private:
    Families& families_;
    const std::vector<Thing>& things_;
    Labels (*labels_of_)(const Thing&);
};

} // namespace gatehouse::metrics
