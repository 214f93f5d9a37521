#pragma once

#include "base/snapshot.hpp"
#include "edge/worker.hpp"

#include <prometheus/collectable.h>

#include <vector>

namespace gatehouse::edge
{

/// Tells the state of the program to the metrics page. docs/monitoring.md says what each name means. From any one
/// thread; both arguments outlive it.
class EdgeCollector final : public prometheus::Collectable
{
public:
    EdgeCollector(const Shared& shared, const Snapshot<Setup>& setups);

    std::vector<prometheus::MetricFamily> Collect() const override;

private:
    const Shared& shared_;
    const Snapshot<Setup>& setups_;
    const double started_; // Unix time
};

} // namespace gatehouse::edge
