#include "sasl/external.hpp"

#include "identity/login_name.hpp"
#include "sasl/broken.hpp"

#include <utility>

namespace gatehouse::sasl
{

Exchange::Step External::step(Secret message)
{
    if (std::exchange(over_, true))
        return already_over();
    if (message.size() > max_login_name)
        return name_too_long();
    std::vector<std::string> names;
    if (certificate_ && !certificate_->name.empty())
        names.push_back(std::move(certificate_->name));
    else if (certificate_)
        names = std::move(certificate_->mails);
    // Without a name it is still for the gate to say that this listener may not vouch for certificates.
    return Shown{CertificateCredential{.login = names.empty() ? std::string() : names.front(),
                                       .authzid = std::string(message.view()),
                                       .names = std::move(names)}};
}

constinit const Mechanism external{.name = "EXTERNAL",
                                   .plaintext = false,
                                   .client_first = true,
                                   .needs_keytab = false,
                                   .needs_certificate = true,
                                   .begin = [](const ExchangeMeans&, Channel channel) -> std::unique_ptr<Exchange> {
                                       return std::make_unique<External>(std::move(channel.certificate));
                                   }};

} // namespace gatehouse::sasl
