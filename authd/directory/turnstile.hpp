#pragma once

#include "directory/directory_thread.hpp"

#include <deque>

namespace gatehouse::directory
{

/// Lets a limited number of coroutines through at once; the others wait in turn. On the directory's thread.
class Turnstile
{
public:
    Turnstile(DirectoryThread& thread, std::size_t limit) : thread_(thread), limit_(limit) {}

    /// Held while being through. False: not let through in time, or sent away.
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
    /// Everybody who waits is not let through.
    void send_away();

private:
    struct Seeker {
        explicit Seeker(DirectoryThread& thread) : waiter(thread) {}
        Waiter waiter;
        bool let_through = false;
    };

    void leave();

    DirectoryThread& thread_;
    std::size_t limit_;
    std::size_t through_ = 0;
    std::deque<Seeker*> seekers_;
};

} // namespace gatehouse::directory
