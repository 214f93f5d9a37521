#include "sasl/token_exchange.hpp"

#include "sasl/broken.hpp"

#include <utility>

namespace gatehouse::sasl
{

Exchange::Step TokenExchange::step(Secret message)
{
    if (over_)
        return already_over();
    Step step = take_token(message.view());
    over_ = !std::holds_alternative<Continue>(step);
    return step;
}

Exchange::Step TokenExchange::take_token(std::string_view token)
{
    GssTokens::Taken taken = tokens_.take(token);
    if (auto* more = std::get_if<Continue>(&taken))
        return std::move(*more);
    if (auto* unproved = std::get_if<Unproved>(&taken))
        return std::move(*unproved);
    if (auto* broken = std::get_if<Broken>(&taken))
        return std::move(*broken);
    if (auto* answer = std::get_if<AnswerCredential>(&taken))
        return Shown{std::move(*answer)};
    auto& established = std::get<GssContext::Established>(taken);
    auto* const ticket = std::get_if<TicketCredential>(&established.client);
    if (ticket == nullptr) // an answer of NTLM is judged by the gate only
        return Unproved{.reason = Reason::internal, .why = "NTLM was judged without the gate"};
    return Shown{std::move(*ticket), std::move(established.token)};
}

} // namespace gatehouse::sasl
