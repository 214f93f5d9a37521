#include "base/deadline.hpp"

#include <algorithm>

namespace gatehouse
{

namespace asio = boost::asio;

namespace
{
/// A moment before the clock's beginning (the machine's start) counts as its beginning.
std::size_t tick_number(Deadline at)
{
    return static_cast<std::size_t>(std::max<Clock::rep>(at.time_since_epoch() / DeadlineWheel::tick, 0));
}
} // namespace

DeadlineWheel& DeadlineWheel::of(asio::io_context& context)
{
    return asio::use_service<DeadlineWheel>(context);
}

DeadlineWheel::DeadlineWheel(asio::execution_context& context)
    : service(context), timer_(static_cast<asio::io_context&>(context))
{
}

DeadlineWheel::~DeadlineWheel() = default;

void DeadlineWheel::shutdown()
{
    for (Alarm*& head : heads_)
        while (head != nullptr)
            head->disarm();
}

void DeadlineWheel::Alarm::arm(Deadline at, std::move_only_function<void()> on_expiry)
{
    disarm();
    at_ = at;
    on_expiry_ = std::move(on_expiry);
    wheel_.insert(*this);
}

void DeadlineWheel::Alarm::disarm() noexcept
{
    if (link_ == nullptr)
        return;
    *link_ = next_;
    if (next_ != nullptr)
        next_->link_ = link_;
    next_ = nullptr;
    link_ = nullptr;
    on_expiry_ = nullptr;
    --wheel_.armed_;
}

void DeadlineWheel::insert(Alarm& alarm)
{
    if (!ticking_)
        cursor_ = tick_number(Clock::now());
    // An alarm never lands behind the cursor, where it would wait for a whole turn.
    const std::size_t number = std::max(tick_number(alarm.at_) + 1, cursor_ + 1);
    Alarm*& head = heads_[number % slots];
    alarm.next_ = head;
    if (head != nullptr)
        head->link_ = &alarm.next_;
    alarm.link_ = &head;
    head = &alarm;
    ++armed_;
    if (!ticking_)
        schedule();
}

void DeadlineWheel::schedule()
{
    ticking_ = true;
    timer_.expires_after(tick);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        const Deadline now = Clock::now();
        for (const std::size_t last = tick_number(now); cursor_ < last;)
            run_slot(++cursor_ % slots, now);
        ticking_ = armed_ > 0;
        if (ticking_)
            schedule();
    });
}

void DeadlineWheel::run_slot(std::size_t slot, Deadline now)
{
    // An expiry may disarm any other alarm, so each round starts again from the head.
    for (Alarm* alarm = heads_[slot]; alarm != nullptr;) {
        if (alarm->at_ > now) {
            alarm = alarm->next_;
            continue;
        }
        auto on_expiry = std::move(alarm->on_expiry_);
        alarm->disarm();
        on_expiry();
        alarm = heads_[slot];
    }
}

} // namespace gatehouse
