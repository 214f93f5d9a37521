#pragma once

#include "base/async.hpp"
#include "base/result.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <string>
#include <type_traits>

namespace gatehouse
{

/// Threads for calls that block (TLS handshakes of libldap, look-ups in DNS) or compute for long (argon2id). Bounded:
/// what comes while `threads + queue` calls are under way is refused at once, and its login is Unavailable.
class BlockingPool
{
public:
    BlockingPool(std::string name, std::size_t threads, std::size_t queue)
        : name_(std::move(name)), limit_(threads + queue), pool_(threads)
    {
    }
    /// Waits for the calls under way.
    ~BlockingPool() { pool_.join(); }
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    /// Runs `call` on a thread of the pool and resumes the caller on its own executor with what it returned.
    /// Error: `limit` when the pool is full.
    template <class Call>
    Awaitable<Result<std::invoke_result_t<Call>>> run(Call call)
    {
        using Value = std::invoke_result_t<Call>;
        if (under_way_.fetch_add(1, std::memory_order_relaxed) >= limit_) {
            under_way_.fetch_sub(1, std::memory_order_relaxed);
            co_return over_limit("the pool for " + name_ + " is full (" + std::to_string(limit_) + " calls under way)");
        }
        const Place place(under_way_);
        Value value =
            co_await boost::asio::co_spawn(pool_.get_executor(), execute<Value>(std::move(call)), use_awaitable);
        co_return value;
    }

    /// Runs `call` on a thread of the pool; nobody waits for it, and it must not throw. Error: `limit` when the pool is
    /// full; `call` is then dropped.
    template <class Call>
    Result<void> submit(Call call)
    {
        if (under_way_.fetch_add(1, std::memory_order_relaxed) >= limit_) {
            under_way_.fetch_sub(1, std::memory_order_relaxed);
            return over_limit("the pool for " + name_ + " is full (" + std::to_string(limit_) + " calls under way)");
        }
        boost::asio::post(pool_, [this, call = std::move(call)]() mutable {
            const Place place(under_way_);
            call();
        });
        return {};
    }

    std::size_t under_way() const noexcept { return under_way_.load(std::memory_order_relaxed); }
    std::size_t limit() const noexcept { return limit_; }

private:
    struct Place { // gives the place back, also when the call threw
        explicit Place(std::atomic<std::size_t>& count) : count_(count) {}
        ~Place() { count_.fetch_sub(1, std::memory_order_relaxed); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        std::atomic<std::size_t>& count_;
    };

    template <class Value, class Call>
    static Awaitable<Value> execute(Call call)
    {
        co_return call();
    }

    std::string name_;
    std::size_t limit_;
    std::atomic<std::size_t> under_way_{0};
    boost::asio::thread_pool pool_;
};

} // namespace gatehouse
