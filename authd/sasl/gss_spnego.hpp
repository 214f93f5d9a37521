#pragma once

#include "sasl/gss_tokens.hpp"

#include <memory>

namespace gatehouse::sasl
{

/// GSS-SPNEGO: tokens of SPNEGO until the context stands. Nothing is said of security layers and nobody can be acted
/// for; the last token goes with the login's success. Source: RFC 4178; MS-SPNG; Cyrus SASL 2.1.28, plugins/gssapi.c.
class GssSpnego : public Exchange
{
public:
    explicit GssSpnego(std::shared_ptr<GssAcceptor> acceptor) : tokens_(std::move(acceptor), GssOffer::spnego) {}

    Step step(Secret message) override;
    bool computes() const override { return true; }

private:
    Step take_token(std::string_view token);

    GssTokens tokens_;
    bool over_ = false;
};

extern const Mechanism gss_spnego;

} // namespace gatehouse::sasl
