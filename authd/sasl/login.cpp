#include "sasl/login.hpp"

#include "identity/login_name.hpp"
#include "sasl/broken.hpp"
#include "wire/limits.hpp"

#include <utility>

namespace gatehouse::sasl
{

Exchange::Step Login::step(Secret message)
{
    switch (state_) {
    case State::begun:
        if (!message.empty())
            return take_name(message);
        state_ = State::asked_name;
        return Continue{"Username:"};
    case State::asked_name: return take_name(message);
    case State::asked_secret: return take_password(std::move(message));
    case State::over: break;
    }
    return already_over();
}

Exchange::Step Login::take_name(const Secret& message)
{
    if (message.size() > max_login_name)
        return finish(name_too_long());
    login_ = message.view();
    state_ = State::asked_secret;
    return Continue{"Password:"};
}

Exchange::Step Login::take_password(Secret message)
{
    if (message.size() > wire::max_password)
        return finish(password_too_long());
    state_ = State::over;
    return Shown{PasswordCredential{.login = std::move(login_), .authzid = {}, .password = std::move(message)}};
}

Exchange::Step Login::finish(Broken broken)
{
    state_ = State::over;
    return broken;
}

constinit const Mechanism login{
    .name = "LOGIN",
    .plaintext = true,
    .client_first = false,
    .needs_keytab = false,
    .begin = [](const ExchangeMeans&, Channel) -> std::unique_ptr<Exchange> { return std::make_unique<Login>(); }};

} // namespace gatehouse::sasl
