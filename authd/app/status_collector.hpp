#pragma once

#include "gate/audit.hpp"
#include "gate/proofs.hpp"
#include "gate/shield.hpp"
#include "identity/directory.hpp"
#include "identity/feed.hpp"
#include "store/store.hpp"

#include <prometheus/collectable.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app
{

/// The daemon at one moment, as the metrics page and `authctl status` tell it.
struct Figures {
    struct Realm {
        std::string name;
        std::string_view kind{}; ///< of its directory; lasts as long as the program
        std::vector<ServerHealth> servers{};
        std::optional<FeedState> feed{};        ///< nothing: no feed is followed
        std::optional<std::uint64_t> sweeps{};  ///< complete ones since the start; nothing: no feed
        std::optional<std::uint64_t> changes{}; ///< people and groups told since the start; nothing: no feed
        std::uint64_t people = 0;
        std::uint64_t groups = 0;
    };
    struct Listener {
        std::string name;
        std::string door;
        std::string socket{};
        std::uint64_t connections = 0; ///< now
        std::uint64_t accepted = 0;    ///< this and what follows: since the start
        std::uint64_t turned_away = 0;
        std::uint64_t protocol_errors = 0;
        std::uint64_t granted = 0;
        std::uint64_t denied = 0;
        std::uint64_t unavailable = 0;
    };

    std::vector<Realm> realms{};
    std::vector<Listener> listeners{};
    gate::Proofs::Count proofs{};
    gate::Shield::Totals shield{};
    store::StoreStatus store{};
    gate::AuditStatus audit{};
    std::size_t sessions = 0;                                   ///< that programs keep open now
    std::map<std::string_view, std::uint64_t> sessions_ended{}; ///< by authd since the start, by reason
    std::size_t secret_memory_used = 0;                         ///< bytes
    std::size_t secret_memory_size = 0;
};

/// Tells the state of the daemon and of its process to the metrics page. docs/monitoring.md says what each name means;
/// a name that is new belongs there, and what an administrator should act on, into config/monitoring.
class StatusCollector final : public prometheus::Collectable
{
public:
    using Observe = std::function<Figures()>;

    /// `observe` is called once a page, on the page's thread.
    explicit StatusCollector(Observe observe);

    std::vector<prometheus::MetricFamily> Collect() const override;

private:
    Observe observe_;
    const double started_; // Unix time
};

} // namespace gatehouse::app
