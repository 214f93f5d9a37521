#include "gate/counted_try.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace gatehouse::gate
{

namespace asio = boost::asio;

namespace
{
constexpr std::chrono::seconds late_answers{
    5}; // a verification ends that long after its deadline at most, or counts as wrong

std::optional<PasswordAnswer> refusal_of(Shield::Answer answer, const std::string& network)
{
    switch (answer) {
    case Shield::Answer::share:
        return PasswordAnswer{.reason = Reason::lockout_budget,
                              .detail = "other nodes cannot be heard, and this one has used its share of the budget"};
    case Shield::Answer::budget:
        return PasswordAnswer{.reason = Reason::lockout_budget,
                              .detail = "one more wrong password could lock the account in the directory"};
    case Shield::Answer::slowed:
        return PasswordAnswer{.reason = Reason::network_slowed, .detail = network + " tries passwords of many people"};
    case Shield::Answer::go: break;
    }
    return {};
}
} // namespace

Awaitable<void> wait_for_network(const Shield& shield, const Shield::Attempt& attempt, Deadline deadline)
{
    const auto delay = shield.delay(attempt);
    if (delay.count() <= 0)
        co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, std::min<Deadline>(Clock::now() + delay, deadline));
    co_await timer.async_wait(as_result);
}

CountedTry::CountedTry(const Realm& realm, const Memory& memory, const PersonLogin& login, Deadline deadline,
                       Trail& trail)
    : realm_(realm),
      memory_(memory),
      login_(login),
      attempt_(login.shield_attempt()),
      deadline_(deadline),
      trail_(trail)
{
}

CountedTry::~CountedTry()
{
    if (!goes_)
        return;
    shared_->ended_as(outcome_);
    memory_.shield.ended(attempt_, outcome_, realm_.shield);
}

Awaitable<std::optional<PasswordAnswer>> CountedTry::begin()
{
    co_await wait_for_network(memory_.shield, attempt_, deadline_);
    const Deadline asked = Clock::now(); // after the delay, in which others were tried
    const auto count = co_await lockout_count();
    shared_.emplace(co_await begin_shared_attempt(count));
    auto refusal =
        refusal_of(memory_.shield.may_try(attempt_, count, asked, realm_.shield, shared_->counted()), login_.network());
    goes_ = !refusal;
    co_return refusal;
}

/// Nothing: it cannot be read, or it does not matter.
Awaitable<std::optional<LockoutCount>> CountedTry::lockout_count()
{
    auto count = co_await realm_.directory->lockout_count(login_.known().person, deadline_, trail_);
    if (count)
        co_return std::move(*count);
    trail_.step("the lockout count is not known: " + count.error().text);
    co_return std::nullopt;
}

/// With PostgreSQL it waits until the attempts of other nodes are known that came before.
Awaitable<SharedAttempt> CountedTry::begin_shared_attempt(const std::optional<LockoutCount>& count)
{
    const LockoutPolicy policy = Shield::policy_of(count, realm_.shield);
    if (policy.threshold == 0)
        co_return SharedAttempt();
    const Person& person = login_.known().person;
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline_ - Clock::now());
    const store::Turn turn =
        co_await memory_.store.begin_attempt({.realm = person.realm,
                                              .id = person.id,
                                              .since = person.password_changed.value_or(WallTime()),
                                              .until = std::chrono::system_clock::now() + left + late_answers,
                                              .window = policy.window});
    co_return SharedAttempt(memory_.store, turn);
}

} // namespace gatehouse::gate
