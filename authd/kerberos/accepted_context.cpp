#include "kerberos/accepted_context.hpp"

#include "kerberos/context_mark.hpp"
#include "kerberos/gss_words.hpp"
#include "wire/ntlm_message.hpp"
#include "wire/pac_logon.hpp"

#include <gssapi/gssapi_krb5.h>

#include <algorithm>
#include <optional>

namespace gatehouse::kerberos
{

namespace
{
/// What the mechanism vouches for of the client; empty: nothing.
std::string attribute_of(const GssName& client, std::string_view name)
{
    gss_buffer_desc attribute = borrow(name);
    int authenticated = 0;
    int complete = 0;
    int more = -1;
    GssBuffer value;
    GssBuffer display;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_get_name_attribute(&minor, client.get(), &attribute, &authenticated, &complete,
                                                   value.out(), display.out(), &more);
    return major == GSS_S_COMPLETE && authenticated != 0 ? std::string(value.view()) : std::string();
}

/// Whom the ticket's PAC names; empty: it has no PAC, or nobody has signed it with our key.
Result<std::string> sid_of(const GssName& client)
{
    const std::string logon_info = attribute_of(client, "urn:mspac:logon-info");
    return logon_info.empty() ? std::string() : wire::parse_pac_logon(logon_info);
}

/// The NTLM message of this type that is in the token; empty: there is none.
std::string_view ntlm_message(std::string_view token, wire::NtlmType type)
{
    const auto ntlm = wire::find_ntlm_message(token);
    return ntlm && *ntlm && (*ntlm)->type == type ? (*ntlm)->bytes : std::string_view();
}

bool settles_on_unicode(std::string_view token)
{
    return wire::speaks_unicode(ntlm_message(token, wire::NtlmType::challenge)).value_or(false);
}

GssContext::Step named_by_winbind(std::string token, const GssName& client)
{
    GssBuffer text;
    OM_uint32 minor = 0;
    if (const OM_uint32 major = gss_display_name(&minor, client.get(), text.out(), nullptr); major != GSS_S_COMPLETE)
        return refusal_of(major, minor, &ntlm_oid);
    std::string sids = attribute_of(client, "urn:gssntlmssp:sids"); // their own, then their groups'
    sids.resize(std::min(sids.find(','), sids.size()));
    if (sids.empty())
        return GssContext::Failed{.reason = Reason::internal, .why = "winbind names nobody by SID"};
    return GssContext::Established{.token = std::move(token),
                                   .client = NtlmPerson{.login = std::string(text.view()), .sid = std::move(sids)}};
}

/// Nothing: the context is nobody's but this client's.
std::optional<GssContext::Failed> refusal_of_repeated(gss_ctx_id_t context, ReplayCache& accepted)
{
    const auto mark = mark_of(context);
    if (!mark)
        return GssContext::Failed{.reason = Reason::internal, .why = mark.error().text};
    const auto first = accepted.is_first(*mark, Clock::now());
    if (!first)
        return GssContext::Failed{.reason = first.error().kind == ErrorKind::limit ? Reason::overloaded
                                                                                   : Reason::store_unavailable,
                                  .why = first.error().text};
    if (!*first)
        return GssContext::Failed{.reason = Reason::ticket_refused, .why = "the message was taken before: a replay"};
    return std::nullopt;
}

struct PrincipalText {
    std::string name; ///< empty when it is not one plain component
    std::string realm;
};

/// libkrb5 escapes what is special inside a component, so that the last '@' is the realm's.
PrincipalText parse_principal(std::string_view text)
{
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos)
        return {};
    const std::string_view name = text.substr(0, at);
    const bool plain = name.find_first_of("/\\@") == std::string_view::npos;
    return {plain ? std::string(name) : std::string(), std::string(text.substr(at + 1))};
}
} // namespace

AcceptedContext::AcceptedContext(std::shared_ptr<const AcceptedKeys> keys, GssOffer offer)
    : keys_(std::move(keys)), offer_(offer)
{
}

GssContext::Step AcceptedContext::step(std::string_view token)
{
    gss_cred_id_t const credential = keys_->credential(offer_);
    if (credential == GSS_C_NO_CREDENTIAL) // the library would take the machine's own
        return Failed{.reason = Reason::internal, .why = "no keytab is configured for this mechanism"};
    gss_buffer_desc input = borrow(token);
    GssName client;
    GssBuffer output;
    gss_OID mechanism = GSS_C_NO_OID;
    OM_uint32 minor = 0;
    OM_uint32 lifetime_s = 0;
    const OM_uint32 major =
        gss_accept_sec_context(&minor, context_.inout(), credential, &input, GSS_C_NO_CHANNEL_BINDINGS, client.inout(),
                               &mechanism, output.out(), nullptr, &lifetime_s, nullptr);
    if (GSS_ERROR(major))
        return refused(token, major, minor, mechanism);
    if ((major & GSS_S_CONTINUE_NEEDED) != 0) {
        unicode_ = settles_on_unicode(output.view());
        return Going{std::string(output.view())};
    }
    return established(std::string(output.view()), client, mechanism, lifetime_s);
}

/// An answer of NTLM was for winbind to judge; any other token was for the library.
GssContext::Step AcceptedContext::refused(std::string_view token, OM_uint32 major, OM_uint32 minor,
                                          gss_OID mechanism) const
{
    const std::string_view answer = ntlm_message(token, wire::NtlmType::authenticate);
    if (answer.empty())
        return refusal_of(major, minor, mechanism);
    return refusal_of_answer(major, minor, mechanism, wire::claimed_domain(answer, unicode_).value_or(std::string()));
}

GssContext::Step AcceptedContext::established(std::string token, const GssName& client, gss_OID mechanism,
                                              OM_uint32 lifetime_s)
{
    if (same_mechanism(mechanism, &ntlm_oid))
        return named_by_winbind(std::move(token), client);
    if (!same_mechanism(mechanism, gss_mech_krb5))
        return Failed{.reason = Reason::ticket_refused, .why = "the context is not Kerberos's"};
    GssBuffer text;
    OM_uint32 minor = 0;
    if (const OM_uint32 major = gss_display_name(&minor, client.get(), text.out(), nullptr); major != GSS_S_COMPLETE)
        return refusal_of(major, minor, mechanism);
    if (auto repeated = refusal_of_repeated(context_.get(), keys_->accepted())) {
        repeated->login = text.view();
        return std::move(*repeated);
    }
    PrincipalText principal = parse_principal(text.view());
    auto sid = sid_of(client);
    if (!sid)
        return Failed{.reason = Reason::ticket_refused, .why = sid.error().text, .login = std::string(text.view())};
    return Established{
        .token = std::move(token),
        .client = TicketCredential{.login = std::string(text.view()),
                                   .authzid = {},
                                   .name = std::move(principal.name),
                                   .kerberos_realm = std::move(principal.realm),
                                   .sid = std::move(*sid),
                                   .ends = std::chrono::system_clock::now() + std::chrono::seconds(lifetime_s)}};
}

Result<std::string> AcceptedContext::wrap(std::string_view message)
{
    gss_buffer_desc input = borrow(message);
    GssBuffer output;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_wrap(&minor, context_.get(), 0, GSS_C_QOP_DEFAULT, &input, nullptr, output.out());
    if (major != GSS_S_COMPLETE)
        return invalid(words_of(major, minor, GSS_C_NO_OID));
    return std::string(output.view());
}

Result<std::string> AcceptedContext::unwrap(std::string_view message)
{
    gss_buffer_desc input = borrow(message);
    GssBuffer output;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_unwrap(&minor, context_.get(), &input, output.out(), nullptr, nullptr);
    if (major != GSS_S_COMPLETE)
        return invalid(words_of(major, minor, GSS_C_NO_OID));
    return std::string(output.view());
}

} // namespace gatehouse::kerberos
