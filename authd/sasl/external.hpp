#pragma once

#include "identity/exchange.hpp"

#include <optional>

namespace gatehouse::sasl
{

/// EXTERNAL: one message, whom to act for, or nothing. The client is who its certificate names, which the caller has
/// verified: by the login name (user principal name) where it has one, else by its mail addresses. Whether the listener
/// may vouch for certificates is the gate's to decide. Source: RFC 4422, appendix A.
class External : public Exchange
{
public:
    explicit External(std::optional<ClientCertificate> certificate) : certificate_(std::move(certificate)) {}

    Step step(Secret message) override;

private:
    std::optional<ClientCertificate> certificate_;
    bool over_ = false;
};

extern const Mechanism external;

} // namespace gatehouse::sasl
