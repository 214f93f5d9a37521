#pragma once

#include "identity/exchange.hpp"

#include <memory>
#include <string_view>
#include <variant>

namespace gatehouse::sasl
{

/// The tokens of a security context as messages of an exchange: what GSSAPI and GSS-SPNEGO share.
class GssTokens
{
public:
    using Taken = std::variant<Exchange::Continue, Exchange::Unproved, GssContext::Established>;

    /// `acceptor` may be null: then nothing can be found out.
    GssTokens(std::shared_ptr<GssAcceptor> acceptor, GssOffer offer) : acceptor_(std::move(acceptor)), offer_(offer) {}

    Taken take(std::string_view token);
    /// Once a token was taken.
    GssContext& context() { return *context_; }

private:
    std::shared_ptr<GssAcceptor> acceptor_;
    GssOffer offer_;
    std::unique_ptr<GssContext> context_;
};

} // namespace gatehouse::sasl
