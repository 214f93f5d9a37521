#pragma once

#include "identity/exchange.hpp"

namespace gatehouse::sasl
{

/// PLAIN: one message, "[authzid] NUL authcid NUL passwd", from a client that speaks first.
/// Broken: for anything but two NULs, and for an authzid, a login or a password beyond its limit (`max_login_name`,
/// `wire::max_password`). An empty login or password is Shown: the gate refuses it with its own reason. Nothing is
/// required of the password's encoding; the gate looks at the login's.
/// Source: RFC 4616, section 2.
class Plain : public Exchange
{
public:
    Step step(Secret message) override;

private:
    bool over_ = false;
};

extern const Mechanism plain;

} // namespace gatehouse::sasl
