#pragma once

#include "support/reply.hpp"

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace gatehouse::integration
{

/// Clients that log in over and over, each in a thread of its own, until this ends. Replies are counted.
class ClientLoad
{
public:
    using Client = std::function<Reply()>;

    ClientLoad() = default;
    ~ClientLoad() { stop(); }
    ClientLoad(const ClientLoad&) = delete;
    ClientLoad& operator=(const ClientLoad&) = delete;

    void add(int count, const Client& client)
    {
        for (int i = 0; i < count; ++i)
            threads_.emplace_back([this, client] {
                while (!stopping_)
                    count_reply(client());
            });
    }
    void stop()
    {
        stopping_ = true;
        for (std::thread& thread : threads_)
            thread.join();
        threads_.clear();
    }

    int granted() const { return granted_; }
    int denied() const { return denied_; }
    int unavailable() const { return unavailable_; }

private:
    void count_reply(const Reply& reply)
    {
        std::atomic<int>& count = reply.told == Told::granted  ? granted_
                                  : reply.told == Told::denied ? denied_
                                                               : unavailable_;
        ++count;
        if (reply.told == Told::unavailable) // a server that is away answers at once
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }

    std::atomic<bool> stopping_ = false;
    std::atomic<int> granted_ = 0;
    std::atomic<int> denied_ = 0;
    std::atomic<int> unavailable_ = 0;
    std::vector<std::thread> threads_;
};

} // namespace gatehouse::integration
