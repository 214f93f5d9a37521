#pragma once

#include "base/blocking_pool.hpp"
#include "directory/directory_thread.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>

namespace gatehouse::directory
{

/// Runs a call that blocks for longer than anybody can wait (look-ups in DNS) on the pool and returns its value to the
/// directory's thread. When `deadline` passes or the thread stops, the call is left to itself: so it must own all that
/// it uses. Error: `deadline`; `limit` when the pool is full.
template <class Call>
Awaitable<Result<std::invoke_result_t<Call>>> call_and_forget(DirectoryThread& thread, BlockingPool& pool, Call call,
                                                              Deadline deadline)
{
    using Value = std::invoke_result_t<Call>;
    struct Shared {
        std::mutex mutex;
        DirectoryThread* thread = nullptr; // null: nobody waits any more
        Waiter* waiter = nullptr;          // used on the directory's thread only
        std::optional<Value> value;
    };
    Waiter waiter(thread);
    const auto shared = std::make_shared<Shared>();
    shared->thread = &thread;
    shared->waiter = &waiter;
    auto submitted = pool.submit([shared, call = std::move(call)]() mutable {
        Value value = call();
        const std::lock_guard lock(shared->mutex); // while it is held, the thread's context is alive
        if (shared->thread == nullptr)
            return;
        shared->value = std::move(value);
        boost::asio::post(shared->thread->context(), [shared] {
            if (shared->waiter != nullptr)
                shared->waiter->wake();
        });
    });
    if (!submitted)
        co_return std::unexpected(std::move(submitted.error()));
    co_await waiter.wait(deadline);
    shared->waiter = nullptr;
    const std::lock_guard lock(shared->mutex);
    shared->thread = nullptr;
    if (!shared->value)
        co_return past_deadline("no answer in time");
    co_return std::move(*shared->value);
}

} // namespace gatehouse::directory
