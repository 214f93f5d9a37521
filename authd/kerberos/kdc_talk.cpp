#include "kerberos/kdc_talk.hpp"

#include "base/io_here.hpp"
#include "kerberos/kdc_connection.hpp"

#include <boost/asio/this_coro.hpp>

namespace gatehouse::kerberos
{

namespace
{
constexpr std::chrono::seconds patience{1}; // where another KDC could be asked
}

Awaitable<Result<std::vector<std::uint8_t>>> KdcTalk::ask(const AsExchange::Ask& ask)
{
    if (auto begun = co_await begin(); !begun)
        co_return std::unexpected(std::move(begun.error()));
    if (ask.elsewhere)
        leave(order_[at_], "it says that it cannot serve now");
    Error last{ErrorKind::unavailable, trail_.server + ": it says that it cannot serve now"};
    for (; at_ < order_.size(); leave(order_[at_], last.text)) {
        const Kdc& kdc = order_[at_];
        const bool is_last = at_ + 1 == order_.size();
        const Deadline soon = is_last ? deadline_ : std::min(deadline_, Clock::now() + patience);
        trail_.server = kdc.name;
        const Deadline began = Clock::now();
        KdcConnection connection(io_of(co_await boost::asio::this_coro::executor));
        if (const auto connected = co_await connection.connect(kdc, soon); !connected) {
            last = connected.error();
            continue;
        }
        auto reply = co_await connection.exchange(ask.request, ask.counts ? deadline_ : soon);
        if (reply) {
            kdcs_->answered(kdc, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began));
            co_return reply;
        }
        last = reply.error();
        const bool broke = last.kind == ErrorKind::unavailable;
        if (ask.counts && (!broke || std::exchange(asked_again_, true))) { // it may have counted the password
            leave(kdc, last.text);
            break;
        }
    }
    co_return std::unexpected(Error{last.kind, "KDC " + trail_.server + ": " + last.text});
}

Awaitable<Result<void>> KdcTalk::begin()
{
    if (!order_.empty())
        co_return Result<void>{};
    auto order = co_await kdcs_->in_order(deadline_);
    if (!order)
        co_return std::unexpected(std::move(order.error()));
    order_ = std::move(*order);
    co_return Result<void>{};
}

/// The KDC failed: the next one is asked.
void KdcTalk::leave(const Kdc& kdc, const std::string& why)
{
    kdcs_->failed(kdc, why);
    trail_.step("KDC " + kdc.name + ": " + why);
    ++at_;
}

} // namespace gatehouse::kerberos
