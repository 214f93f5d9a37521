#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "client/authd.hpp"
#include "shadow/comparison.hpp"
#include "shadow/tried_passwords.hpp"
#include "wire/saslauthd.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace gatehouse::shadow
{

/// A login that the old saslauthd has answered.
struct Question {
    wire::SaslauthdRequest request;
    Old old = Old::no;
};

struct AskingLimits {
    std::size_t waiting = 1000;               ///< questions; more are dropped
    std::size_t at_once = 16;                 ///< under way at authd
    std::chrono::milliseconds answer{20'000}; ///< for authd, from the moment it is asked
};

/// Asks authd what the old saslauthd was asked, in its own time. The rule that spends nobody's lockout budget: authd is
/// first asked whom the name means and whether the account and the service admit them, which takes no password; the
/// password follows only where that is so, the old daemon has accepted it, and authd did not refuse it before. Lives on
/// one io_context, used on its thread only; must be held by a shared_ptr.
class Asking : public std::enable_shared_from_this<Asking>
{
public:
    using Found = std::function<void(const Question&, const Finding&)>;

    /// `authd` must be a listener with may_control, and outlive what is under way. `found` is called for each question.
    Asking(boost::asio::io_context& io, client::Authd& authd, TriedPasswords tried, AskingLimits limits, Found found);

    /// False: too many wait, and it was dropped.
    [[nodiscard]] bool take(Question question);
    bool idle() const { return under_way_ == 0; }

private:
    Awaitable<void> run();
    Awaitable<Finding> ask(Question& question);

    boost::asio::io_context& io_;
    client::Authd& authd_;
    TriedPasswords tried_;
    AskingLimits limits_;
    Found found_;
    std::deque<Question> waiting_;
    std::size_t under_way_ = 0;
};

} // namespace gatehouse::shadow
