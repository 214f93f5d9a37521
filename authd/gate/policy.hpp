#pragma once

#include <map>
#include <set>
#include <string>

namespace gatehouse::gate
{

/// Who may use one service. No groups: everybody whom the directory accepts.
struct ServiceRule {
    std::set<std::string, std::less<>> allow_groups; ///< short names, lower case; one of them is enough

    bool operator==(const ServiceRule&) const = default;
};

/// Service name -> rule. A service without a rule admits everybody whom the directory accepts.
using ServiceRules = std::map<std::string, ServiceRule, std::less<>>;

} // namespace gatehouse::gate
