#pragma once

#include "identity/exchange.hpp"

#include <cstdint>
#include <string>

namespace gatehouse::sasl
{

/// LOGIN: the server asks "Username:", then "Password:". Begin with `step` of the initial response, or of an empty
/// message where there is none; an initial response is the login. Broken: for a login or a password beyond its limit
/// (`max_login_name`, `wire::max_password`). An empty login or password is Shown: the gate refuses it.
/// Source: draft-murchison-sasl-login-00, with the challenges that clients know (they match them by text).
class Login : public Exchange
{
public:
    Step step(Secret message) override;

private:
    enum class State : std::uint8_t {
        begun,        ///< nothing was asked yet
        asked_name,   ///< "Username:" is on its way
        asked_secret, ///< "Password:" is on its way
        over,
    };

    Step take_name(const Secret& message);
    Step take_password(Secret message);
    Step finish(Broken broken);

    State state_ = State::begun;
    std::string login_;
};

extern const Mechanism login;

} // namespace gatehouse::sasl
