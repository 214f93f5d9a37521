#include "kerberos/turnstile.hpp"

#include <algorithm>

namespace gatehouse::kerberos
{

/// Stands in line as long as it lives, unless it was let through; a place that it did not use goes to the next.
struct Turnstile::Seeker {
    explicit Seeker(Turnstile& at) : turnstile(at) {}
    ~Seeker()
    {
        const std::lock_guard lock(turnstile.mutex_);
        if (!let_through)
            std::erase(turnstile.seekers_, this);
        else if (!used)
            turnstile.hand_on();
    }
    Seeker(const Seeker&) = delete;
    Seeker& operator=(const Seeker&) = delete;

    Turnstile& turnstile;
    Signal turn;
    bool let_through = false; // under the mutex
    bool used = false;
};

Awaitable<Turnstile::Pass> Turnstile::enter(Deadline deadline)
{
    Seeker seeker(*this);
    {
        const std::lock_guard lock(mutex_);
        if (free_ > 0) {
            --free_;
            seeker.let_through = seeker.used = true;
            co_return Pass(this);
        }
        seekers_.push_back(&seeker);
    }
    seeker.used = co_await seeker.turn.wait(deadline);
    co_return Pass(seeker.used ? this : nullptr);
}

void Turnstile::leave()
{
    const std::lock_guard lock(mutex_);
    hand_on();
}

/// A place is free: the first in line gets it.
void Turnstile::hand_on()
{
    if (seekers_.empty()) {
        ++free_;
        return;
    }
    Seeker& next = *seekers_.front();
    seekers_.pop_front();
    next.let_through = true;
    next.turn.set();
}

} // namespace gatehouse::kerberos
