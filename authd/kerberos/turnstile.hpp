#pragma once

#include "base/signal.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

namespace gatehouse::kerberos
{

/// Lets a limited number of coroutines of any threads through at once; the others wait in turn. Outlives its passes.
class Turnstile
{
public:
    explicit Turnstile(std::size_t limit) : free_(limit) {}

    /// Held while being through. False: not let through in time.
    class Pass
    {
    public:
        explicit Pass(Turnstile* turnstile) : turnstile_(turnstile) {}
        ~Pass()
        {
            if (turnstile_ != nullptr)
                turnstile_->leave();
        }
        Pass(Pass&& other) noexcept : turnstile_(std::exchange(other.turnstile_, nullptr)) {}
        Pass& operator=(Pass&&) = delete;
        explicit operator bool() const noexcept { return turnstile_ != nullptr; }

    private:
        Turnstile* turnstile_;
    };

    Awaitable<Pass> enter(Deadline deadline);

private:
    struct Seeker;

    void leave();
    void hand_on();

    std::mutex mutex_;
    std::size_t free_;
    std::deque<Seeker*> seekers_;
};

} // namespace gatehouse::kerberos
