#pragma once

#include "identity/exchange.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sasl
{

/// Every mechanism that this build knows, in the order in which they are offered. README.md says how to add one.
std::span<const Mechanism* const> mechanisms();

/// The mechanism of this name, compared without case. Null: this build knows none.
const Mechanism* find_mechanism(std::string_view name);

/// The same, if `allowed` (a listener's `mechanisms`) names it too.
/// Nothing otherwise: the attempt is refused with Reason::unknown_mechanism.
const Mechanism* find_mechanism(std::string_view name, std::span<const std::string> allowed);

/// What a listener offers: the mechanisms that `allowed` names, in the order of the table.
std::vector<const Mechanism*> offered_mechanisms(std::span<const std::string> allowed);

/// The first of `names` that no mechanism has; empty if there is none. For the check of a configuration.
std::string_view first_unknown_mechanism(std::span<const std::string> names);

} // namespace gatehouse::sasl
