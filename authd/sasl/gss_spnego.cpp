#include "sasl/gss_spnego.hpp"

#include "sasl/token_exchange.hpp"

namespace gatehouse::sasl
{

constinit const Mechanism gss_spnego{.name = "GSS-SPNEGO",
                                     .plaintext = false,
                                     .client_first = true,
                                     .needs_keytab = true,
                                     .begin = [](const ExchangeMeans& means, Channel) -> std::unique_ptr<Exchange> {
                                         return std::make_unique<TokenExchange>(
                                             means, means.ntlm ? GssOffer::spnego_with_ntlm : GssOffer::spnego);
                                     }};

} // namespace gatehouse::sasl
