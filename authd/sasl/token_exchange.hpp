#pragma once

#include "sasl/gss_tokens.hpp"

#include <string_view>

namespace gatehouse::sasl
{

/// Tokens of GSSAPI until the client is known, and nothing else: GSS-SPNEGO and NTLM. Nothing is said of security
/// layers and nobody can be acted for; a last token goes with the login's success.
class TokenExchange : public Exchange
{
public:
    TokenExchange(const ExchangeMeans& means, GssOffer offer) : tokens_(means, offer) {}

    Step step(Secret message) override;
    Runs runs(std::string_view message) const override { return tokens_.runs(message); }

private:
    Step take_token(std::string_view token);

    GssTokens tokens_;
    bool over_ = false;
};

} // namespace gatehouse::sasl
