#include "kerberos/gss_words.hpp"

#include "kerberos/gss_handles.hpp"
#include "kerberos/winbind.hpp"

#include <krb5/krb5.h>

namespace gatehouse::kerberos
{

namespace
{
void add_words(std::string& words, OM_uint32 code, int kind, gss_OID mechanism)
{
    OM_uint32 more = 0;
    do {
        GssBuffer text;
        OM_uint32 minor = 0;
        if (gss_display_status(&minor, code, kind, mechanism, &more, text.out()) != GSS_S_COMPLETE)
            return;
        if (!text.view().empty())
            words.append(words.empty() ? "" : "; ").append(text.view());
    } while (more != 0);
}

/// By libkrb5's own code, as far as it says what the client did or what we lack.
Reason reason_of(OM_uint32 major, krb5_error_code code)
{
    switch (code) {
    case KRB5KRB_AP_ERR_TKT_EXPIRED: return Reason::ticket_expired;
    case KRB5_RC_IO:
    case KRB5_RC_IO_EOF:
    case KRB5_RC_IO_IO:
    case KRB5_RC_IO_PERM:
    case KRB5_RC_IO_SPACE:
    case KRB5_RC_IO_UNKNOWN:
    case KRB5_RC_MALLOC:
    case ENOSPC:
    case EACCES: return Reason::store_unavailable; // what was seen before cannot be read, or this not be kept
    case ENOMEM: return Reason::overloaded;
    default: break;
    }
    switch (GSS_ROUTINE_ERROR(major)) {
    case GSS_S_DEFECTIVE_TOKEN:
    case GSS_S_BAD_MECH: return code == 0 ? Reason::malformed_credential : Reason::ticket_refused;
    default: return Reason::ticket_refused;
    }
}
} // namespace

std::string words_of(OM_uint32 major, OM_uint32 minor, gss_OID mechanism)
{
    std::string words;
    add_words(words, minor, GSS_C_MECH_CODE, mechanism);
    if (minor == 0 || words.empty())
        add_words(words, major, GSS_C_GSS_CODE, mechanism);
    return words;
}

GssContext::Failed refusal_of(OM_uint32 major, OM_uint32 minor, gss_OID mechanism)
{
    return {.reason = reason_of(major, static_cast<krb5_error_code>(minor)), .why = words_of(major, minor, mechanism)};
}

GssContext::Failed refusal_of_answer(OM_uint32 major, OM_uint32 minor, gss_OID mechanism)
{
    std::string words = words_of(major, minor, mechanism);
    if (GSS_ROUTINE_ERROR(major) == GSS_S_DEFECTIVE_TOKEN)
        return {.reason = Reason::malformed_credential, .why = std::move(words)};
    if (const auto trouble = winbind_trouble())
        return {.reason = Reason::directory_unavailable, .why = "winbind: " + *trouble};
    return {.reason = Reason::wrong_password, .why = "winbind refuses the answer and does not say why: " + words};
}

} // namespace gatehouse::kerberos
