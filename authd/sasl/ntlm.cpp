#include "sasl/ntlm.hpp"

#include "sasl/token_exchange.hpp"

namespace gatehouse::sasl
{

constinit const Mechanism ntlm{.name = "NTLM",
                               .plaintext = false,
                               .client_first = true,
                               .needs_keytab = false,
                               .needs_winbind = true,
                               .begin = [](const ExchangeMeans& means, Channel) -> std::unique_ptr<Exchange> {
                                   return std::make_unique<TokenExchange>(means, GssOffer::ntlm);
                               }};

} // namespace gatehouse::sasl
