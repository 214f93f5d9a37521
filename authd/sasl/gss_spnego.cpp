#include "sasl/gss_spnego.hpp"

#include "sasl/broken.hpp"

#include <utility>

namespace gatehouse::sasl
{

Exchange::Step GssSpnego::step(Secret message)
{
    if (over_)
        return already_over();
    Step step = take_token(message.view());
    over_ = !std::holds_alternative<Continue>(step);
    return step;
}

Exchange::Step GssSpnego::take_token(std::string_view token)
{
    if (!context_) {
        auto begun = begin_context(acceptor_.get(), GssOffer::spnego);
        if (!begun)
            return std::move(begun.error());
        context_ = std::move(*begun);
    }
    GssContext::Step step = context_->step(token);
    if (auto* going = std::get_if<GssContext::Going>(&step))
        return Continue{std::move(going->token)};
    if (auto* failed = std::get_if<GssContext::Failed>(&step))
        return unproved(std::move(*failed));
    auto& established = std::get<GssContext::Established>(step);
    return Shown{std::move(established.ticket), std::move(established.token)};
}

constinit const Mechanism gss_spnego{.name = "GSS-SPNEGO",
                                     .plaintext = false,
                                     .client_first = true,
                                     .needs_keytab = true,
                                     .begin = [](const ExchangeMeans& means, Channel) -> std::unique_ptr<Exchange> {
                                         return std::make_unique<GssSpnego>(means.gss);
                                     }};

} // namespace gatehouse::sasl
