#include "sasl/gssapi.hpp"

#include "identity/login_name.hpp"
#include "sasl/broken.hpp"

#include <utility>

namespace gatehouse::sasl
{

namespace
{
constexpr char no_layer = 1; // the bit mask's lowest bit
/// The mask of layers, then the size of the largest message that we take of them: 0 where none is offered.
constexpr std::string_view offer("\x01\0\0\0", 4);
} // namespace

Exchange::Step Gssapi::step(Secret message)
{
    switch (state_) {
    case State::context: return take_token(message.view());
    case State::stands:
        if (!message.empty())
            return finish(broken("the client went on after the security context stood"));
        return offer_layers();
    case State::layer: return take_layer(message.view());
    case State::over: break;
    }
    return already_over();
}

Exchange::Step Gssapi::take_token(std::string_view token)
{
    GssTokens::Taken taken = tokens_.take(token);
    if (auto* more = std::get_if<Continue>(&taken))
        return std::move(*more);
    if (auto* unproved = std::get_if<Unproved>(&taken))
        return finish(std::move(*unproved));
    auto& established = std::get<GssContext::Established>(taken); // NTLM and its messages are not offered here
    ticket_ = std::get<TicketCredential>(std::move(established.client));
    if (established.token.empty())
        return offer_layers();
    state_ = State::stands;
    return Continue{std::move(established.token)};
}

Exchange::Step Gssapi::offer_layers()
{
    auto wrapped = tokens_.context().wrap(offer);
    if (!wrapped)
        return finish(Unproved{Reason::ticket_refused, std::move(wrapped.error().text), ticket_.login});
    state_ = State::layer;
    return Continue{std::move(*wrapped)};
}

Exchange::Step Gssapi::take_layer(std::string_view message)
{
    const auto plain = tokens_.context().unwrap(message);
    if (!plain)
        return finish(Unproved{Reason::ticket_refused, plain.error().text, ticket_.login});
    if (plain->size() < offer.size())
        return finish(broken("the client's choice of a security layer is shorter than four bytes"));
    if (plain->front() != no_layer)
        return finish(broken("the client chose a security layer that was not offered"));
    if (plain->size() - offer.size() > max_login_name)
        return finish(name_too_long());
    ticket_.authzid = plain->substr(offer.size());
    return finish(Shown{std::move(ticket_)});
}

Exchange::Step Gssapi::finish(Step last)
{
    state_ = State::over;
    return last;
}

constinit const Mechanism gssapi{.name = "GSSAPI",
                                 .plaintext = false,
                                 .client_first = true,
                                 .needs_keytab = true,
                                 .begin = [](const ExchangeMeans& means, Channel) -> std::unique_ptr<Exchange> {
                                     return std::make_unique<Gssapi>(means);
                                 }};

} // namespace gatehouse::sasl
