#include "store/receipt.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace gatehouse::store
{

namespace asio = boost::asio;

class Receipt::Presence
{
public:
    explicit Presence(std::shared_ptr<Receipt> receipt) : receipt_(std::move(receipt)) {}
    ~Presence()
    {
        const std::lock_guard lock(receipt_->mutex_);
        receipt_->strand_.reset();
    }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

private:
    std::shared_ptr<Receipt> receipt_;
};

Receipt::Receipt(const asio::any_io_executor& executor) : strand_(asio::make_strand(executor)) {}

Awaitable<std::optional<Receipt::Answer>> Receipt::wait(Clock::duration patience)
{
    const Presence presence(shared_from_this());
    // In the strand, so that an answer never comes between the look at it and the wait for it, whatever the executor.
    co_return co_await asio::co_spawn(*strand_, sleep(patience), use_awaitable);
}

Awaitable<std::optional<Receipt::Answer>> Receipt::sleep(Clock::duration patience)
{
    if (!answer_) {
        asio::steady_timer alarm(co_await asio::this_coro::executor, patience);
        alarm_ = &alarm;
        co_await alarm.async_wait(as_result);
        alarm_ = nullptr;
    }
    co_return std::move(answer_);
}

void Receipt::deliver(Answer answer)
{
    const std::lock_guard lock(mutex_);
    if (!strand_)
        return;
    asio::post(*strand_, [self = shared_from_this(), answer = std::move(answer)]() mutable {
        if (!self->answer_)
            self->answer_ = std::move(answer);
        if (self->alarm_ != nullptr)
            self->alarm_->cancel();
    });
}

} // namespace gatehouse::store
