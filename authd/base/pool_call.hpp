#pragma once

#include "base/blocking_pool.hpp"
#include "base/signal.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace gatehouse
{

/// A call that gave its caller no value.
struct CallLeft {
    Error error; ///< `deadline`; `limit` when the pool is full
    bool began;  ///< it goes on by itself, and may still do what it was to do
};

/// Runs `call` on a thread of the pool and returns its value to the caller's io_context; what it throws is thrown
/// there. When `deadline` passes before, the call is left to itself: so it must own all that it uses. One that has not
/// begun by then never does, so that a pool that is late does not compute for people who have left.
template <class Call>
Awaitable<Result<std::invoke_result_t<Call>, CallLeft>> call_or_leave(BlockingPool& pool, Call call, Deadline deadline)
{
    enum class Stage : std::uint8_t { waits, began, left };
    struct Shared {
        Signal done;
        std::optional<std::invoke_result_t<Call>> value; // this and the next: written before `done` is set, read after
        std::exception_ptr failure;
        std::atomic<Stage> stage{Stage::waits};
    };
    const auto shared = std::make_shared<Shared>();
    auto submitted = pool.submit([shared, call = std::move(call)]() mutable {
        Stage stage = Stage::waits;
        if (!shared->stage.compare_exchange_strong(stage, Stage::began))
            return;
        try {
            shared->value.emplace(call());
        } catch (...) {
            shared->failure = std::current_exception();
        }
        shared->done.set();
    });
    if (!submitted)
        co_return std::unexpected(CallLeft{.error = std::move(submitted.error()), .began = false});
    if (!co_await shared->done.wait(deadline)) {
        Stage stage = Stage::waits;
        const bool began = !shared->stage.compare_exchange_strong(stage, Stage::left);
        const char* const why = began ? "no answer in time" : "the threads for blocking calls were not free in time";
        co_return std::unexpected(CallLeft{.error = {.kind = ErrorKind::deadline, .text = why}, .began = began});
    }
    if (const auto failure = std::exchange(shared->failure, nullptr)) // it ends on this thread
        std::rethrow_exception(failure);
    co_return std::move(*shared->value);
}

/// The same for a caller to whom it is all one whether the call had begun. Error: `deadline`; `limit` when the pool is
/// full.
template <class Call>
Awaitable<Result<std::invoke_result_t<Call>>> call_until(BlockingPool& pool, Call call, Deadline deadline)
{
    auto done = co_await call_or_leave(pool, std::move(call), deadline);
    if (!done)
        co_return std::unexpected(std::move(done.error().error));
    co_return std::move(*done);
}

} // namespace gatehouse
