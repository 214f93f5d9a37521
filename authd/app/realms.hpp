#pragma once

#include "app/config.hpp"
#include "base/blocking_pool.hpp"
#include "gate/gate.hpp"
#include "identity/directory.hpp"

#include <memory>
#include <vector>

namespace gatehouse::app
{

/// The directories of the configured realms. A directory whose configuration is the same after a reload goes on with
/// its connections; one that is replaced ends when the last login that uses it has ended.
class Realms
{
public:
    Realms(BlockingPool& network, BlockingPool& compute) : network_(network), compute_(compute) {}

    /// The rules for the gate; directories that the new configuration no longer names are let go.
    std::shared_ptr<const gate::Rules> rules_for(const Config& config);

private:
    std::shared_ptr<Directory> directory_for(const RealmConfig& realm);

    struct Kept {
        RealmConfig config;
        std::shared_ptr<Directory> directory;
    };
    BlockingPool& network_;
    BlockingPool& compute_;
    std::vector<Kept> kept_;
};

} // namespace gatehouse::app
