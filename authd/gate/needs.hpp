#pragma once

#include "base/result.hpp"
#include "identity/person.hpp"

#include <functional>

namespace gatehouse::gate
{

/// What a door needs of a person beyond the verdict.
struct Needs {
    Detail detail = Detail::name;
    /// What the service needs of the person, as far as the door can tell: an error is a refusal (`no_account`).
    std::function<Result<void>(const Person&)> suits{};
};

} // namespace gatehouse::gate
