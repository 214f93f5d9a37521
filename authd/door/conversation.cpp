#include "door/conversation.hpp"

#include "base/pool_call.hpp"
#include "sasl/mechanism_table.hpp"

#include <algorithm>

namespace gatehouse::door
{

namespace
{
Conversation::Step told(Exchange::Step step)
{
    if (auto* more = std::get_if<Exchange::Continue>(&step))
        return Conversation::Challenge{std::move(more->challenge)};
    if (auto* shown = std::get_if<Exchange::Shown>(&step))
        return Conversation::Finished{std::move(shown->credential), std::move(shown->last)};
    if (auto* unproved = std::get_if<Exchange::Unproved>(&step))
        return Conversation::Refused{unproved->reason, std::move(unproved->why), std::move(unproved->login)};
    auto& broken = std::get<Exchange::Broken>(step);
    return Conversation::Refused{broken.out_of_memory ? Reason::overloaded : Reason::malformed_credential,
                                 std::move(broken.why)};
}

bool offers_bindings(const ListenerSettings& listener)
{
    return std::ranges::any_of(sasl::offered_mechanisms(listener.mechanisms), &Mechanism::needs_binding);
}
} // namespace

std::optional<Conversation::Step> Conversation::begin(std::string_view mechanism, const ListenerSettings& listener,
                                                      const ExchangeMeans& means, Channel channel,
                                                      std::optional<Secret> initial)
{
    const Mechanism* const known = sasl::find_mechanism(mechanism);
    if (known != nullptr && known->needs_certificate && !listener.pins.may_external)
        return Refused{Reason::external_not_allowed, "the listener may not vouch for client certificates"};
    const Mechanism* const found = sasl::find_mechanism(mechanism, listener.mechanisms);
    if (found == nullptr)
        return Refused{Reason::unknown_mechanism, "the listener does not offer it"};
    if (!offers_bindings(listener))
        channel.bindings.clear();            // who was offered none may say so
    if (found->needs_winbind && !means.ntlm) // it went with a reload, which this connection is older than
        return Refused{Reason::unknown_mechanism, "no listener of the configuration offers it any more"};
    ExchangeMeans means_here = means;
    means_here.ntlm = means.ntlm && sasl::find_mechanism("NTLM", listener.mechanisms) != nullptr;
    blocking_ = means.blocking;
    limit_ = listener.limits.login;
    exchange_ = found->begin(means_here, std::move(channel));
    if (!initial && found->client_first)
        return Challenge{};
    return next(initial ? std::move(*initial) : Secret{});
}

std::optional<Conversation::Step> Conversation::next(Secret message)
{
    if (exchange_->runs(message.view()) == Runs::here)
        return told(exchange_->step(std::move(message)));
    left_ = std::move(message);
    return std::nullopt;
}

Awaitable<Conversation::Step> Conversation::ask()
{
    if (blocking_ == nullptr)
        co_return Refused{Reason::internal, "there is no pool for calls that block"};
    auto step = co_await call_until(
        *blocking_,
        [exchange = exchange_, message = std::move(left_)]() mutable { return exchange->step(std::move(message)); },
        Clock::now() + limit_);
    if (!step)
        co_return Refused{step.error().kind == ErrorKind::limit ? Reason::overloaded : Reason::deadline,
                          "winbind: " + step.error().text};
    co_return told(std::move(*step));
}

} // namespace gatehouse::door
