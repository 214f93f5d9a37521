#include "sasl/broken.hpp"

#include "identity/login_name.hpp"
#include "wire/limits.hpp"

#include <utility>

namespace gatehouse::sasl
{

Exchange::Broken broken(std::string why)
{
    return {.why = std::move(why)};
}

Exchange::Broken already_over()
{
    return broken("the client went on after the exchange was over");
}

Exchange::Broken name_too_long()
{
    return broken("the login name is longer than " + std::to_string(max_login_name) + " bytes");
}

Exchange::Broken password_too_long()
{
    return broken("the password is longer than " + std::to_string(wire::max_password) + " bytes");
}

Exchange::Unproved unproved(GssContext::Failed failed)
{
    return {.reason = failed.reason, .why = std::move(failed.why), .login = std::move(failed.login)};
}

Result<std::unique_ptr<GssContext>, Exchange::Unproved> begin_context(GssAcceptor* acceptor, GssOffer offer)
{
    if (acceptor == nullptr) // the keytab went with a reload; the listener is checked only when it is read
        return std::unexpected(Exchange::Unproved{.reason = Reason::internal, .why = "no realm has a keytab"});
    auto begun = acceptor->begin(offer);
    if (!begun)
        return std::unexpected(Exchange::Unproved{.reason = Reason::internal, .why = std::move(begun.error().text)});
    return std::move(*begun);
}

} // namespace gatehouse::sasl
