#pragma once

#include "identity/named_groups.hpp"

#include <map>
#include <string>

namespace gatehouse::gate
{

/// Who may use one service. No groups: everybody whom the directory accepts.
struct ServiceRule {
    NamedGroups allow_groups; ///< by their short names; one of them is enough

    bool operator==(const ServiceRule&) const = default;
};

/// Service name -> rule. A service without a rule admits everybody whom the directory accepts.
using ServiceRules = std::map<std::string, ServiceRule, std::less<>>;

} // namespace gatehouse::gate
