#include "directory/bind_verdict.hpp"

#include "base/text.hpp"
#include "directory/ldap_handle.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace gatehouse::directory
{

namespace
{
std::string described(const LdapResult& result)
{
    return describe_result(result.code) + (result.diagnostic.empty() ? "" : ": " + result.diagnostic);
}

bool says(const LdapResult& result, std::string_view lower_case_words)
{
    return text::lower(result.diagnostic).find(lower_case_words) != std::string::npos;
}

/// draft-behera-ldap-password-policy-10 section 6.2; the server evaluates expiry only after the password was right.
std::optional<BindVerdict> judge_policy(const BindResponse& response)
{
    switch (response.policy.error.value_or(UINT32_MAX)) {
    case 0: return BindVerdict{Reason::password_expired, "the password has expired"};
    case 1: return BindVerdict{Reason::account_locked, "the account is locked by the password policy"};
    case 2: return BindVerdict{Reason::must_change_password, "the password was reset and must be changed"};
    default: return std::nullopt;
    }
}

struct AdState {
    unsigned code;
    Reason reason;
    std::string_view words;
};

constexpr std::string_view bad_bindings = "80090346"; // SEC_E_BAD_BINDINGS

/// The Windows error codes that stand after "AcceptSecurityContext error, data".
constexpr std::array ad_states{
    AdState{0x525, Reason::wrong_password, "no such account"},
    AdState{0x52e, Reason::wrong_password, "wrong password"},
    AdState{0x52f, Reason::account_restriction, "an account restriction"},
    AdState{0x530, Reason::logon_hours, "outside the account's logon hours"},
    AdState{0x531, Reason::workstation, "the account may not log in from this workstation"},
    AdState{0x532, Reason::password_expired, "the password has expired"},
    AdState{0x533, Reason::account_disabled, "the account is disabled"},
    AdState{0x568, Reason::account_restriction, "the account is in too many groups for its token"},
    AdState{0x701, Reason::account_expired, "the account has expired"},
    AdState{0x773, Reason::must_change_password, "the password must be changed before the first login"},
    AdState{0x775, Reason::account_locked, "the account is locked out"},
};

/// The number after the word `data`, in hexadecimal: "..., comment: AcceptSecurityContext error, data 52e, v4563".
std::optional<unsigned> data_code(std::string_view diagnostic)
{
    const std::string lower = text::lower(diagnostic);
    for (std::size_t at = lower.find("data"); at != std::string::npos; at = lower.find("data", at + 1)) {
        if (at > 0 && lower[at - 1] != ' ' && lower[at - 1] != ',')
            continue;
        const std::size_t digits = lower.find_first_not_of(" \t:=", at + 4);
        if (digits == std::string::npos || digits == at + 4)
            continue;
        std::string_view number = std::string_view(lower).substr(digits);
        if (number.starts_with("0x"))
            number.remove_prefix(2);
        unsigned code = 0;
        if (std::from_chars(number.data(), number.data() + number.size(), code, 16).ec == std::errc{})
            return code;
    }
    return std::nullopt;
}
} // namespace

BindVerdict judge_bind(const BindResponse& response)
{
    const LdapResult& result = response.result;
    switch (result.code) {
    case LDAP_SUCCESS:
        if (auto policy = judge_policy(response))
            return *policy;
        if (response.policy.grace_logins)
            return {Reason::granted, "the password has expired: " + std::to_string(*response.policy.grace_logins) +
                                         " grace logins are left"};
        return {Reason::granted, {}};
    case LDAP_INVALID_CREDENTIALS:
        if (auto policy = judge_policy(response))
            return *policy;
        return {Reason::wrong_password, described(result)};
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INVALID_DN_SYNTAX: return {Reason::unknown_person, described(result)};
    case LDAP_INAPPROPRIATE_AUTH: return {Reason::wrong_password, "the entry has no password: " + described(result)};
    case LDAP_CONSTRAINT_VIOLATION: // 389 Directory Server: "Exceed password retry limit"
        return {says(result, "retry limit") ? Reason::account_locked : Reason::account_restriction, described(result)};
    case LDAP_INSUFFICIENT_ACCESS: return {Reason::account_restriction, described(result)};
    case LDAP_UNWILLING_TO_PERFORM: // 389 Directory Server: "Account inactivated"; else a server that serves nobody
        if (says(result, "inactivated"))
            return {Reason::account_disabled, described(result), true};
        [[fallthrough]];
    default: return {Reason::directory_unavailable, explain_bind_error(result)};
    }
}

BindVerdict judge_ad_bind(const LdapResult& result)
{
    if (result.code == LDAP_SUCCESS)
        return {Reason::granted, {}};
    if (says(result, bad_bindings))
        return {Reason::directory_unavailable, explain_bind_error(result)};
    if (result.code != LDAP_INVALID_CREDENTIALS)
        return judge_bind({result, {}});
    const auto code = data_code(result.diagnostic);
    for (const AdState& state : ad_states)
        if (code == state.code)
            return {state.reason, std::string(state.words) + ": " + described(result)};
    return {code ? Reason::account_restriction : Reason::wrong_password, described(result)};
}

std::string explain_bind_error(const LdapResult& result)
{
    if (says(result, bad_bindings))
        return "the domain controller demands channel binding, which simple binds cannot give (there, "
               "LdapEnforceChannelBinding is 2; expected 1): " +
               described(result);
    if (result.code == LDAP_STRONG_AUTH_REQUIRED || result.code == LDAP_CONFIDENTIALITY_REQUIRED)
        return "the server refuses binds without TLS: set tls.mode to ldaps or starttls: " + described(result);
    for (const AdState& state : ad_states)
        if (result.code == LDAP_INVALID_CREDENTIALS && data_code(result.diagnostic) == state.code)
            return std::string(state.words) + ": " + described(result);
    return described(result);
}

std::string explain_search_error(const LdapResult& result)
{
    if (result.code == LDAP_SIZELIMIT_EXCEEDED)
        return described(result) + "; raise the limit for the account that searches (in OpenLDAP: limits)";
    // Active Directory says 000004DC, "a successful bind must be completed"; Samba the latter
    if (result.code == LDAP_OPERATIONS_ERROR && (says(result, "000004dc") || says(result, "without authentication")))
        return "the domain controller answers no anonymous search: set directory.bind: " + described(result);
    return described(result);
}

} // namespace gatehouse::directory
