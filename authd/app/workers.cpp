#include "app/workers.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

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

std::vector<door::Worker*> Workers::in_turn()
{
    std::vector<door::Worker*> workers;
    for (const auto& running : workers_)
        workers.push_back(&running->worker);
    std::ranges::rotate(workers, workers.begin() + static_cast<std::ptrdiff_t>(first_++ % workers.size()));
    return workers;
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
