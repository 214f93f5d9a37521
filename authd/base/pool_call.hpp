#pragma once

#include "base/blocking_pool.hpp"
#include "base/signal.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <type_traits>

namespace gatehouse
{

/// Runs `call` on a thread of the pool and returns its value to the caller's io_context. When `deadline` passes before,
/// the call is left to itself: so it must own all that it uses. One that has not begun by then never does, so that a
/// pool that is late does not compute for people who have left. Error: `deadline`; `limit` when the pool is full.
template <class Call>
Awaitable<Result<std::invoke_result_t<Call>>> call_until(BlockingPool& pool, Call call, Deadline deadline)
{
    struct Shared {
        Signal done;
        std::optional<std::invoke_result_t<Call>> value; // written before `done` is set, read after
        std::atomic<bool> left{false};
    };
    const auto shared = std::make_shared<Shared>();
    auto submitted = pool.submit([shared, call = std::move(call)]() mutable {
        if (shared->left)
            return;
        shared->value.emplace(call());
        shared->done.set();
    });
    if (!submitted)
        co_return std::unexpected(std::move(submitted.error()));
    if (!co_await shared->done.wait(deadline)) {
        shared->left = true;
        co_return past_deadline("the threads for blocking calls were not free in time");
    }
    co_return std::move(*shared->value);
}

} // namespace gatehouse
