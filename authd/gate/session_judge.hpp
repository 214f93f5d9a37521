#pragma once

#include "gate/gate.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace gatehouse::gate
{

/// Has the gate's live sessions judged whenever the rules or somebody in a mirror have changed, and every few seconds
/// for what the clock changes. On the io_context's thread; ends with it.
class SessionJudge
{
public:
    static constexpr std::chrono::milliseconds look{250};    ///< has anything changed?
    static constexpr std::chrono::seconds judge_at_least{5}; ///< accounts expire, hours of logon end

    /// `gate` outlives it.
    SessionJudge(boost::asio::io_context& io, Gate& gate) : gate_(gate), wake_(io) {}
    void start();

private:
    struct Seen { // of a realm
        std::shared_ptr<const people::People> people;
        bool live = false;

        bool operator==(const Seen&) const = default;
    };

    void judge_if_changed();
    static std::vector<Seen> seen_in(const Rules& rules);

    Gate& gate_;
    boost::asio::steady_timer wake_;
    std::shared_ptr<const Rules> rules_; // judged by last
    std::vector<Seen> seen_;
    Deadline judge_by_{};
};

} // namespace gatehouse::gate
