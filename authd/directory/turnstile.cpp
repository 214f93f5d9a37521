#include "directory/turnstile.hpp"

#include <algorithm>

namespace gatehouse::directory
{

Awaitable<Turnstile::Pass> Turnstile::enter(Deadline deadline)
{
    if (through_ < limit_) {
        ++through_;
        co_return Pass(this);
    }
    Seeker seeker(thread_);
    seekers_.push_back(&seeker);
    co_await seeker.waiter.wait(deadline);
    std::erase(seekers_, &seeker);
    co_return Pass(seeker.let_through ? this : nullptr);
}

void Turnstile::leave()
{
    while (!seekers_.empty()) {
        Seeker& next = *seekers_.front();
        seekers_.pop_front();
        if (next.waiter.ended())
            continue;            // it gave up, but has not run since
        next.let_through = true; // in the place of the one who leaves
        next.waiter.wake();
        return;
    }
    --through_;
}

void Turnstile::send_away()
{
    for (Seeker* seeker : std::exchange(seekers_, {}))
        seeker->waiter.wake();
}

} // namespace gatehouse::directory
