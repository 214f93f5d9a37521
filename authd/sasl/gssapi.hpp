#pragma once

#include "sasl/gss_tokens.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace gatehouse::sasl
{

/// GSSAPI: tokens until the context stands, then one wrapped message each way about a security layer. None is offered:
/// the connection's encryption is TLS's, and a client that takes another layer is refused. The client's message ends
/// with whom it wants to act for. Source: RFC 4752, section 3.1.
class Gssapi : public Exchange
{
public:
    explicit Gssapi(const ExchangeMeans& means) : tokens_(means, GssOffer::kerberos) {}

    Step step(Secret message) override;

private:
    enum class State : std::uint8_t {
        context, ///< tokens come and go
        stands,  ///< our last token is on its way; an empty message comes back
        layer,   ///< the offer of layers is on its way
        over,
    };

    Step take_token(std::string_view token);
    Step offer_layers();
    Step take_layer(std::string_view message);
    Step finish(Step last);

    GssTokens tokens_;
    TicketCredential ticket_;
    State state_ = State::context;
};

extern const Mechanism gssapi;

} // namespace gatehouse::sasl
