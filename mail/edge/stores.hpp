#pragma once

#include "base/deadline.hpp"
#include "base/result.hpp"
#include "edge/settings.hpp"
#include "edge/tls.hpp"
#include "identity/person.hpp"

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::edge
{

/// One mail store (or the submission server) as it is known now. Thread-safe.
class Store
{
public:
    Store(StoreSettings settings, SslContext tls) : settings_(std::move(settings)), tls_(std::move(tls)) {}

    const StoreSettings& settings() const { return settings_; }
    const std::string& name() const { return settings_.name; }
    /// Null: this store does not speak it.
    const Endpoint* endpoint(Protocol protocol) const;
    /// What the store calls the protocol when it asks its authd.
    std::string_view service(Protocol protocol) const;
    SSL_CTX* tls() const { return tls_.get(); }

    /// What it said last that it can do in this protocol; empty: it was not asked yet.
    std::vector<std::string> lines(Protocol protocol) const;
    void know_lines(Protocol protocol, std::vector<std::string> lines) const;

    /// It did not answer in this protocol: nobody is sent there for a while if there is a choice. The while grows from
    /// one to the next; failures within it say nothing new.
    void failed(Protocol protocol, Deadline now) const;
    void answered(Protocol protocol) const;
    /// It may be asked: it is not known to be away, or it is time to look again.
    bool may_be_asked(Protocol protocol, Deadline now) const;
    /// Since its last answer.
    unsigned consecutive_failures(Protocol protocol) const { return health(protocol).failures; }

private:
    struct Health {
        std::atomic<std::int64_t> away_until{0}; // ticks of Clock; 0: not away
        std::atomic<unsigned> failures{0};
    };
    Health& health(Protocol protocol) const { return health_[static_cast<std::size_t>(protocol)]; }

    StoreSettings settings_;
    SslContext tls_;
    mutable std::mutex mutex_;
    mutable std::map<Protocol, std::vector<std::string>> lines_;
    mutable std::array<Health, every_protocol.size()> health_; // each protocol is a server of its own there
};

/// What a person is counted and placed by: the realm and the stable id, or the name where the directory gives no id.
std::string stable_name(const Person& person);

/// Which store is whose. Immutable; replaced whole on reload, and what is known of the stores' health begins anew.
class Placement
{
public:
    /// Error: `invalid`, with the file: a CA that cannot be read.
    static Result<std::shared_ptr<const Placement>> create(const Settings& settings);

    /// The servers that may serve the person's `protocol`, the best first: one, or a pool's, of which each person keeps
    /// to the same as long as it answers. Empty: no rule knows. `why` then says so for the administrator.
    std::vector<std::shared_ptr<const Store>> stores_of(Protocol protocol, const Person& person, Deadline now,
                                                        std::string& why) const;

    /// Some server that speaks `protocol`, one that is not known to be away if there is any. Null: none.
    std::shared_ptr<const Store> any_of(Protocol protocol, Deadline now) const;

    /// The mail stores, then the submission servers, as configured.
    std::vector<std::shared_ptr<const Store>> all() const;

private:
    using Stores = std::vector<std::shared_ptr<const Store>>;

    std::shared_ptr<const Store> named(std::string_view name) const;
    Stores by_rules(const Person& person, std::string& why) const;

    Stores stores_;
    Stores submission_;
    std::vector<PlacementRule> rules_;
};

} // namespace gatehouse::edge
