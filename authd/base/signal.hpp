#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"

#include <memory>

namespace gatehouse
{

/// One coroutine waits, any thread wakes it. The coroutine may leave at its deadline, or be destroyed with its
/// io_context, and the other side may come later: each holds a copy. The coroutine runs on an io_context that one
/// thread runs.
class Signal
{
public:
    Signal();

    /// Wakes the coroutine that waits, or that will. Thread-safe; more than once is once.
    void set() const;

    /// True once set; false when `deadline` passes before. For one coroutine, once.
    Awaitable<bool> wait(Deadline deadline) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace gatehouse
