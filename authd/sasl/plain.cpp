#include "sasl/plain.hpp"

#include "identity/login_name.hpp"
#include "sasl/broken.hpp"
#include "wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::sasl
{

Exchange::Step Plain::step(Secret message)
{
    if (std::exchange(over_, true))
        return already_over();
    const std::string_view text = message.view();
    if (std::ranges::count(text, '\0') != 2)
        return broken("the PLAIN message does not have exactly two NULs");
    const std::size_t first = text.find('\0');
    const std::size_t second = text.find('\0', first + 1);
    const std::string_view authzid = text.substr(0, first);
    const std::string_view login = text.substr(first + 1, second - first - 1);
    if (authzid.size() > max_login_name || login.size() > max_login_name)
        return name_too_long();
    if (text.size() - second - 1 > wire::max_password)
        return password_too_long();

    PasswordCredential credential{.login = std::string(login), .authzid = std::string(authzid), .password = {}};
    message.drop_front(second + 1); // the views end here
    credential.password = std::move(message);
    return Exchange::Shown{std::move(credential)};
}

constinit const Mechanism plain{
    .name = "PLAIN",
    .plaintext = true,
    .client_first = true,
    .needs_keytab = false,
    .begin = [](const ExchangeMeans&, Channel) -> std::unique_ptr<Exchange> { return std::make_unique<Plain>(); }};

} // namespace gatehouse::sasl
