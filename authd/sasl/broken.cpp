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

} // namespace gatehouse::sasl
