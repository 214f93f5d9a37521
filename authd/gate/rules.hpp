#pragma once

#include "gate/policy.hpp"
#include "gate/realm.hpp"
#include "identity/exchange.hpp"
#include "identity/realm_names.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace gatehouse::gate
{

/// What the gate decides by: replaced whole on reload.
struct Rules {
    std::vector<RealmNames> names; ///< one a realm
    std::vector<Realm> realms;     ///< in the same order
    ServiceRules services;
    ExchangeMeans means; ///< for the doors' exchanges
    std::chrono::milliseconds refusal_grid{200};

    const Realm& realm_of(const RealmNames& realm) const
    {
        return realms[static_cast<std::size_t>(&realm - names.data())];
    }
    /// Null: no rule, and everybody whom the directory accepts is admitted.
    const ServiceRule* rule_of(const std::string& service) const
    {
        const auto rule = services.find(service);
        return rule == services.end() ? nullptr : &rule->second;
    }
};

} // namespace gatehouse::gate
