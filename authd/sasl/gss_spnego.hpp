#pragma once

#include "identity/exchange.hpp"

#include <memory>

namespace gatehouse::sasl
{

/// GSS-SPNEGO: tokens of SPNEGO until the context stands. Nothing is said of security layers and nobody can be acted
/// for; the last token goes with the login's success. Source: RFC 4178; MS-SPNG; Cyrus SASL 2.1.28, plugins/gssapi.c.
class GssSpnego : public Exchange
{
public:
    explicit GssSpnego(std::shared_ptr<GssAcceptor> acceptor) : acceptor_(std::move(acceptor)) {}

    Step step(Secret message) override;
    Work work_of(const Secret& /*message*/) const override { return Work::compute; }

private:
    Step take_token(std::string_view token);

    std::shared_ptr<GssAcceptor> acceptor_;
    std::unique_ptr<GssContext> context_;
    bool over_ = false;
};

extern const Mechanism gss_spnego;

} // namespace gatehouse::sasl
