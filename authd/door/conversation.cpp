#include "door/conversation.hpp"

#include "sasl/mechanism_table.hpp"

namespace gatehouse::door
{

Conversation::Step Conversation::begin(std::string_view mechanism, const std::vector<std::string>& allowed,
                                       std::optional<Secret> initial)
{
    const Mechanism* found = sasl::find_mechanism(mechanism, allowed);
    if (found == nullptr)
        return Refused{Reason::unknown_mechanism, "the listener does not offer it"};
    exchange_ = found->begin();
    if (initial)
        return next(std::move(*initial));
    return found->client_first ? Challenge{} : next(Secret{});
}

Conversation::Step Conversation::next(Secret message)
{
    Exchange::Step step = exchange_->step(std::move(message));
    if (auto* more = std::get_if<Exchange::Continue>(&step))
        return Challenge{std::move(more->challenge)};
    if (auto* shown = std::get_if<Exchange::Shown>(&step))
        return std::move(shown->credential);
    auto& broken = std::get<Exchange::Broken>(step);
    return Refused{broken.out_of_memory ? Reason::overloaded : Reason::malformed_credential, std::move(broken.why)};
}

} // namespace gatehouse::door
