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
    GssTokens::Taken taken = tokens_.take(token);
    if (auto* more = std::get_if<Continue>(&taken))
        return std::move(*more);
    if (auto* unproved = std::get_if<Unproved>(&taken))
        return std::move(*unproved);
    auto& established = std::get<GssContext::Established>(taken);
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
