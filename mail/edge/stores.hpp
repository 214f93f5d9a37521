#pragma once

#include "base/deadline.hpp"
#include "base/result.hpp"
#include "edge/settings.hpp"
#include "edge/tls.hpp"
#include "identity/person.hpp"

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

    /// It did not answer: nobody is sent there for a while, which grows from try to try.
    void failed(Deadline now) const;
    void answered() const;
    /// It may be asked: it is not known to be away, or it is time to look again.
    bool may_be_asked(Deadline now) const;

private:
    StoreSettings settings_;
    SslContext tls_;
    mutable std::mutex mutex_;
    mutable std::map<Protocol, std::vector<std::string>> lines_;
    mutable std::atomic<std::int64_t> away_until_{0}; // ticks of Clock; 0: not away
    mutable std::atomic<unsigned> failures_{0};
};

/// What a person is counted and placed by: the realm and the stable id, or the name where the directory gives no id.
std::string stable_name(const Person& person);

/// Which store is whose. Immutable; replaced whole on reload, what is known of the stores' health goes on.
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

private:
    using Stores = std::vector<std::shared_ptr<const Store>>;

    std::shared_ptr<const Store> named(std::string_view name) const;
    Stores by_rules(const Person& person, std::string& why) const;

    Stores stores_;
    Stores submission_;
    std::vector<PlacementRule> rules_;
};

} // namespace gatehouse::edge
