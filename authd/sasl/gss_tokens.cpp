#include "sasl/gss_tokens.hpp"

#include "sasl/ntlm_answer.hpp"
#include "wire/negotiation.hpp"
#include "wire/ntlm_message.hpp"

#include <utility>

namespace gatehouse::sasl
{

using wire::NtlmType;

Runs GssTokens::runs(std::string_view token) const
{
    if (!takes_ntlm())
        return Runs::here;
    const auto ntlm = wire::find_ntlm_message(token);
    if (!ntlm)
        return Runs::here; // refused without a call
    if (*ntlm)
        return (*ntlm)->type == NtlmType::negotiate ? Runs::blocks : Runs::here;
    if (offer_ == GssOffer::ntlm)
        return Runs::here; // refused, too
    const bool kerberos = context_ ? kerberos_ : wire::first_wish(token) == wire::GssMechanism::kerberos;
    return kerberos ? Runs::here : Runs::blocks;
}

GssTokens::Taken GssTokens::take(std::string_view token)
{
    if (!acceptor_) // the keytab went with a reload; a listener is checked only when it is read
        return Exchange::Unproved{.reason = Reason::internal, .why = "no realm has a keytab"};
    if (takes_ntlm())
        if (auto taken = take_ntlm(token))
            return std::move(*taken);
    return pass_on(token);
}

/// Nothing: it is for the library.
std::optional<GssTokens::Taken> GssTokens::take_ntlm(std::string_view token)
{
    const auto found = wire::find_ntlm_message(token);
    if (!found)
        return Exchange::Broken{.why = found.error().text};
    if (!*found)
        return offer_ == GssOffer::ntlm ? std::optional<Taken>(Exchange::Broken{.why = "this is no NTLM message"})
                                        : std::nullopt;
    switch ((*found)->type) {
    case NtlmType::negotiate:
        if (offer_ == GssOffer::ntlm)
            return pass_on(wire::in_library_form(**found));
        return std::nullopt;
    case NtlmType::challenge: return Exchange::Broken{.why = "a client sends no NTLM challenge"};
    case NtlmType::authenticate: break;
    }
    return take_answer(token, (*found)->bytes);
}

GssTokens::Taken GssTokens::take_answer(std::string_view token, std::string_view message)
{
    if (!unicode_)
        return Exchange::Broken{.why = "an NTLM answer without a challenge"};
    auto login = wire::claimed_login(message, *unicode_);
    if (!login)
        return Exchange::Broken{.why = std::move(login.error().text)};
    if (blocking_ == nullptr)
        return Exchange::Unproved{.reason = Reason::internal, .why = "there is no pool for calls of winbind"};
    return AnswerCredential{.login = std::move(*login),
                            .authzid = {},
                            .answer = std::make_shared<NtlmAnswer>(context_, std::string(token), *blocking_)};
}

GssTokens::Taken GssTokens::pass_on(std::string_view token)
{
    if (!context_) {
        context_ = acceptor_->begin(offer_);
        kerberos_ = wire::first_wish(token) == wire::GssMechanism::kerberos;
    }
    GssContext::Step step = context_->step(token);
    if (auto* failed = std::get_if<GssContext::Failed>(&step))
        return Exchange::Unproved{failed->reason, std::move(failed->why), std::move(failed->login)};
    if (auto* established = std::get_if<GssContext::Established>(&step))
        return std::move(*established);
    auto& going = std::get<GssContext::Going>(step);
    if (takes_ntlm())
        look_at_challenge(going.token);
    return Exchange::Continue{std::move(going.token)};
}

void GssTokens::look_at_challenge(std::string_view token)
{
    const auto found = wire::find_ntlm_message(token);
    if (!found || !*found || (*found)->type != NtlmType::challenge)
        return;
    if (const auto unicode = wire::speaks_unicode((*found)->bytes))
        unicode_ = *unicode;
}

} // namespace gatehouse::sasl
