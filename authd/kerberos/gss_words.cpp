#include "kerberos/gss_words.hpp"

#include "kerberos/gss_handles.hpp"
#include "kerberos/krb5_handles.hpp"
#include "kerberos/winbind.hpp"

#include <krb5/krb5.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

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

/// What libkrb5's own codes say of the client or of what we lack. Any other refuses the ticket.
struct Meaning {
    krb5_error_code code;
    Reason reason;
};
constexpr std::array meanings{
    Meaning{KRB5KRB_AP_ERR_TKT_EXPIRED, Reason::ticket_expired},
    Meaning{ENOMEM, Reason::overloaded},
};

/// `words`: the library's for this code. Of an error inside SPNEGO it gives out a number of its own, which says
/// nothing; the words stay libkrb5's, which may go on with more ("Permission denied (filename: ...)").
bool means(const Meaning& meaning, krb5_error_code code, std::string_view words)
{
    return code == meaning.code || (code != 0 && words.starts_with(words_of(nullptr, meaning.code)));
}

Reason reason_of(OM_uint32 major, krb5_error_code code, std::string_view words)
{
    const auto* const meant =
        std::ranges::find_if(meanings, [&](const Meaning& meaning) { return means(meaning, code, words); });
    if (meant != meanings.end())
        return meant->reason;
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
    std::string words = words_of(major, minor, mechanism);
    const Reason reason = reason_of(major, static_cast<krb5_error_code>(minor), words);
    return {.reason = reason, .why = std::move(words)};
}

GssContext::Failed refusal_of_answer(OM_uint32 major, OM_uint32 minor, gss_OID mechanism, const std::string& domain)
{
    std::string words = words_of(major, minor, mechanism);
    if (GSS_ROUTINE_ERROR(major) == GSS_S_DEFECTIVE_TOKEN)
        return {.reason = Reason::malformed_credential, .why = std::move(words)};
    if (const auto trouble = winbind_trouble(domain))
        return {.reason = Reason::directory_unavailable, .why = "winbind: " + *trouble};
    // SPNEGO renumbers the code, so that its words tell. Whatever else the library says, winbind was not asked.
    if (!words.contains(std::generic_category().message(EACCES)))
        return {.reason = Reason::malformed_credential, .why = std::move(words)};
    return {.reason = Reason::wrong_password, .why = "winbind refuses the answer and does not say why: " + words};
}

} // namespace gatehouse::kerberos
