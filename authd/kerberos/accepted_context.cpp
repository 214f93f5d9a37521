#include "kerberos/accepted_context.hpp"

#include "kerberos/gss_words.hpp"
#include "wire/pac_logon.hpp"

#include <gssapi/gssapi_krb5.h>

namespace gatehouse::kerberos
{

namespace
{
/// Whom the ticket's PAC names; empty: it has no PAC, or nobody has signed it with our key.
Result<std::string> sid_of(gss_name_t client)
{
    constexpr std::string_view logon_info = "urn:mspac:logon-info";
    gss_buffer_desc attribute = borrow(logon_info);
    int authenticated = 0;
    int complete = 0;
    int more = -1;
    GssBuffer value;
    GssBuffer display;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_get_name_attribute(&minor, client, &attribute, &authenticated, &complete, value.out(),
                                                   display.out(), &more);
    if (major != GSS_S_COMPLETE || authenticated == 0)
        return std::string();
    return wire::parse_pac_logon(value.view());
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
    : keys_(std::move(keys)), credential_(offer == GssOffer::spnego ? keys_->spnego() : keys_->kerberos())
{
}

GssContext::Step AcceptedContext::step(std::string_view token)
{
    gss_buffer_desc input = borrow(token);
    GssName client;
    GssBuffer output;
    gss_OID mechanism = GSS_C_NO_OID;
    OM_uint32 minor = 0;
    OM_uint32 lifetime_s = 0;
    const OM_uint32 major =
        gss_accept_sec_context(&minor, context_.inout(), credential_, &input, GSS_C_NO_CHANNEL_BINDINGS, client.inout(),
                               &mechanism, output.out(), nullptr, &lifetime_s, nullptr);
    if (GSS_ERROR(major))
        return refusal_of(major, minor, mechanism);
    if ((major & GSS_S_CONTINUE_NEEDED) != 0)
        return Going{std::string(output.view())};
    return established(std::string(output.view()), std::move(client), mechanism, lifetime_s);
}

GssContext::Step AcceptedContext::established(std::string token, GssName client, gss_OID mechanism,
                                              OM_uint32 lifetime_s)
{
    if (!same_mechanism(mechanism, gss_mech_krb5))
        return Failed{.reason = Reason::ticket_refused, .why = "the context is not Kerberos's"};
    GssBuffer text;
    OM_uint32 minor = 0;
    if (const OM_uint32 major = gss_display_name(&minor, client.get(), text.out(), nullptr); major != GSS_S_COMPLETE)
        return refusal_of(major, minor, mechanism);
    PrincipalText principal = parse_principal(text.view());
    auto sid = sid_of(client.get());
    if (!sid)
        return Failed{.reason = Reason::ticket_refused, .why = sid.error().text, .login = std::string(text.view())};
    return Established{.token = std::move(token),
                       .ticket = {.login = std::string(text.view()),
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
