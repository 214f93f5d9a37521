#include "sasl/gss_tokens.hpp"

#include <utility>

namespace gatehouse::sasl
{

GssTokens::Taken GssTokens::take(std::string_view token)
{
    if (!acceptor_) // the keytab went with a reload; a listener is checked only when it is read
        return Exchange::Unproved{.reason = Reason::internal, .why = "no realm has a keytab"};
    if (!context_)
        context_ = acceptor_->begin(offer_);
    GssContext::Step step = context_->step(token);
    if (auto* going = std::get_if<GssContext::Going>(&step))
        return Exchange::Continue{std::move(going->token)};
    if (auto* failed = std::get_if<GssContext::Failed>(&step))
        return Exchange::Unproved{failed->reason, std::move(failed->why), std::move(failed->login)};
    return std::get<GssContext::Established>(std::move(step));
}

} // namespace gatehouse::sasl
