#pragma once

#include "door/worker.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace gatehouse::app
{

/// The threads that serve connections.
class Workers
{
public:
    explicit Workers(std::size_t count);
    /// Stops the threads at once; connections that are still open are cut.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// All of them, another one first at each call. They live as long as this.
    std::vector<door::Worker*> in_turn();
    /// Asks every worker to end idle connections and finish busy ones.
    void drain();
    /// Open connections of all workers.
    std::size_t connections() const;
    std::size_t size() const { return workers_.size(); }

    /// Asks every worker to show that its thread runs; `all_alive` tells whether each answered the last call.
    void ping();
    bool all_alive() const { return answers_.load() == workers_.size(); }

private:
    struct Running {
        door::Worker worker;
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{worker.context().get_executor()};
        std::thread thread;
    };

    std::vector<std::unique_ptr<Running>> workers_;
    std::size_t first_ = 0;
    std::atomic<std::size_t> answers_{0};
};

} // namespace gatehouse::app
