#pragma once

#include "base/blocking_pool.hpp"
#include "kerberos/signal.hpp"

#include <memory>
#include <optional>
#include <type_traits>

namespace gatehouse::kerberos
{

/// Runs `call` on a thread of the pool and returns its value to the caller's io_context. When `deadline` passes before,
/// the call is left to itself: so it must own all that it uses. Error: `deadline`; `limit` when the pool is full.
template <class Call>
Awaitable<Result<std::invoke_result_t<Call>>> call_until(BlockingPool& pool, Call call, Deadline deadline)
{
    using Value = std::invoke_result_t<Call>;
    const Signal done;
    const auto value = std::make_shared<std::optional<Value>>(); // written before `done` is set, read after
    auto submitted = pool.submit([done, value, call = std::move(call)]() mutable {
        value->emplace(call());
        done.set();
    });
    if (!submitted)
        co_return std::unexpected(std::move(submitted.error()));
    if (!co_await done.wait(deadline))
        co_return past_deadline("the threads for blocking calls were not free in time");
    co_return std::move(**value);
}

} // namespace gatehouse::kerberos
