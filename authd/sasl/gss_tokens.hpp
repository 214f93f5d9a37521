#pragma once

#include "identity/exchange.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace gatehouse::sasl
{

/// The tokens of a security context as messages of an exchange: what GSSAPI, GSS-SPNEGO and NTLM share. The answer that
/// ends NTLM is not passed on to the library, which would have it judged at once: that is the gate's to decide.
class GssTokens
{
public:
    using Taken = std::variant<Exchange::Continue, Exchange::Unproved, Exchange::Broken, AnswerCredential,
                               GssContext::Established>;

    /// Without an acceptor in `means` nothing can be found out.
    GssTokens(const ExchangeMeans& means, GssOffer offer)
        : acceptor_(means.gss), blocking_(means.blocking), offer_(offer)
    {
    }

    Taken take(std::string_view token);
    Runs runs(std::string_view token) const;
    /// Once a token was taken.
    GssContext& context() { return *context_; }

private:
    bool takes_ntlm() const { return offer_ == GssOffer::ntlm || offer_ == GssOffer::spnego_with_ntlm; }
    std::optional<Taken> take_ntlm(std::string_view token);
    Taken take_answer(std::string_view token, std::string_view message);
    Taken pass_on(std::string_view token);
    void look_at_challenge(std::string_view token);

    std::shared_ptr<GssAcceptor> acceptor_;
    BlockingPool* blocking_;
    GssOffer offer_;
    std::shared_ptr<GssContext> context_;
    bool kerberos_ = false;       // what the client of SPNEGO wished for
    std::optional<bool> unicode_; // of our NTLM challenge; nothing: none was sent
};

} // namespace gatehouse::sasl
