#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>

namespace gatehouse
{

using Clock = std::chrono::steady_clock;

/// A moment by which something must be done. Passed down a call chain, so that each step knows the time that is left.
using Deadline = Clock::time_point;

/// The one deadline helper: runs a function when a moment has passed, unless it is disarmed first. Coarse (50 ms late
/// at most), so that thousands of waiting connections share one timer. One per io_context; used on its thread only.
class DeadlineWheel : public boost::asio::execution_context::service
{
public:
    static inline boost::asio::execution_context::id id;
    static constexpr std::chrono::milliseconds tick{50};

    /// The wheel of the io_context, made at the first call.
    static DeadlineWheel& of(boost::asio::io_context& context);

    explicit DeadlineWheel(boost::asio::execution_context& context);
    ~DeadlineWheel() override;

    /// One armed deadline. Not movable; disarms itself when it ends. May be re-armed.
    class Alarm
    {
    public:
        explicit Alarm(DeadlineWheel& wheel) : wheel_(wheel) {}
        ~Alarm() { disarm(); }
        Alarm(const Alarm&) = delete;
        Alarm& operator=(const Alarm&) = delete;

        /// Calls `on_expiry` once, on the io_context's thread, when `at` has passed; replaces what was armed before.
        void arm(Deadline at, std::move_only_function<void()> on_expiry);
        void disarm() noexcept;

    private:
        friend class DeadlineWheel;
        DeadlineWheel& wheel_;
        Deadline at_{};
        std::move_only_function<void()> on_expiry_;
        Alarm* next_ = nullptr;
        Alarm** link_ = nullptr; // what points at this alarm while armed
    };

private:
    void shutdown() override;
    void insert(Alarm& alarm);
    void schedule();
    void run_slot(std::size_t slot, Deadline now);

    static constexpr std::size_t slots = 1024; // 51 s a turn; later deadlines stay in their slot for more turns
    boost::asio::steady_timer timer_;
    std::array<Alarm*, slots> heads_{};
    std::size_t armed_ = 0;
    std::size_t cursor_ = 0;
    bool ticking_ = false;
};

} // namespace gatehouse
