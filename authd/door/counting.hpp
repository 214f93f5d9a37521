#pragma once

#include "door/door.hpp"
#include "identity/verdict.hpp"

namespace gatehouse::door
{

/// Counts how a login ended.
inline void count(Counters& counters, const Verdict& verdict)
{
    auto& counter = verdict.granted() ? counters.granted : verdict.denied() ? counters.denied : counters.unavailable;
    counter.fetch_add(1, std::memory_order_relaxed);
}

} // namespace gatehouse::door
