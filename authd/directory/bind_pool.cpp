#include "directory/bind_pool.hpp"

#include <boost/asio/detached.hpp>

#include <algorithm>

namespace gatehouse::directory
{

namespace asio = boost::asio;

BindPool::BindPool(DirectoryThread& thread, std::size_t limit, Open open)
    : thread_(thread), limit_(std::max<std::size_t>(limit, 1)), open_(std::move(open))
{
}

Awaitable<Result<std::shared_ptr<LdapConnection>>> BindPool::take(Deadline deadline)
{
    while (!free_.empty()) {
        auto connection = std::move(free_.back());
        free_.pop_back();
        if (connection->is_open())
            co_return connection;
        forget(connection);
    }
    Seeker seeker(thread_);
    seekers_.push_back(&seeker);
    grow();
    co_await seeker.waiter.wait(deadline);
    std::erase(seekers_, &seeker);
    if (seeker.given)
        co_return std::move(seeker.given);
    if (!seeker.why_not.empty())
        co_return unavailable(std::move(seeker.why_not));
    if (thread_.stopping())
        co_return unavailable("the directory is shutting down");
    co_return past_deadline("no connection for a bind became free in time");
}

void BindPool::give_back(std::shared_ptr<LdapConnection> connection)
{
    if (!connection->is_open()) {
        forget(connection);
        if (!seekers_.empty())
            grow();
        return;
    }
    while (!seekers_.empty()) {
        Seeker& seeker = *seekers_.front();
        seekers_.pop_front();
        if (seeker.waiter.ended())
            continue; // it gave up, but has not run since
        seeker.given = std::move(connection);
        seeker.waiter.wake();
        return;
    }
    free_.push_back(std::move(connection));
}

void BindPool::grow()
{
    if (opening_ >= seekers_.size() || connections_.size() + opening_ >= limit_ || thread_.stopping() ||
        Clock::now() < grow_after_)
        return;
    ++opening_;
    asio::co_spawn(thread_.context(), open_one(), asio::detached);
}

Awaitable<void> BindPool::open_one()
{
    auto opened = co_await open_();
    --opening_;
    if (opened) {
        connections_.push_back(*opened);
        give_back(std::move(*opened));
        co_return;
    }
    if (!connections_.empty()) { // the others still serve
        grow_after_ = Clock::now() + std::chrono::seconds(1);
        co_return;
    }
    for (Seeker* seeker : std::exchange(seekers_, {})) {
        seeker->why_not = opened.error().text;
        seeker->waiter.wake();
    }
}

void BindPool::forget(const std::shared_ptr<LdapConnection>& connection)
{
    std::erase(connections_, connection);
}

void BindPool::close(const std::string& why)
{
    free_.clear();
    for (const auto& connection : std::exchange(connections_, {}))
        connection->close(why);
    for (Seeker* seeker : std::exchange(seekers_, {})) {
        seeker->why_not = why;
        seeker->waiter.wake();
    }
}

void BindPool::close_unused_since(Deadline moment)
{
    // The front of the list has been idle the longest.
    while (free_.size() > 1 && free_.front()->last_heard() < moment) {
        free_.front()->close("not needed any more");
        forget(free_.front());
        free_.erase(free_.begin());
    }
}

} // namespace gatehouse::directory
