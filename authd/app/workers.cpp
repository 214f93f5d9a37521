#include "app/workers.hpp"

#include <boost/asio/post.hpp>

namespace gatehouse::app
{

namespace asio = boost::asio;

Workers::Workers(std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {
        auto& running = *workers_.emplace_back(std::make_unique<Running>());
        running.thread = std::thread([&context = running.worker.context()] { context.run(); });
    }
    answers_ = count;
}

Workers::~Workers()
{
    for (const auto& running : workers_)
        running->worker.context().stop();
    for (const auto& running : workers_)
        running->thread.join();
}

door::Worker& Workers::next()
{
    return workers_[turn_.fetch_add(1, std::memory_order_relaxed) % workers_.size()]->worker;
}

void Workers::drain()
{
    for (const auto& running : workers_)
        asio::post(running->worker.context(), [&worker = running->worker] { worker.drain(); });
}

std::size_t Workers::connections() const
{
    std::size_t sum = 0;
    for (const auto& running : workers_)
        sum += running->worker.connections();
    return sum;
}

void Workers::ping()
{
    answers_ = 0;
    for (const auto& running : workers_)
        asio::post(running->worker.context(), [this] { answers_.fetch_add(1); });
}

} // namespace gatehouse::app
