#include "identity/reason.hpp"

#include "identity/directory.hpp"

namespace gatehouse
{

std::string_view name_of(Reason reason)
{
    switch (reason) {
    case Reason::granted: return "granted";
    case Reason::unknown_person: return "unknown-person";
    case Reason::wrong_password: return "wrong-password";
    case Reason::empty_password: return "empty-password";
    case Reason::malformed_name: return "malformed-name";
    case Reason::ambiguous_name: return "ambiguous-name";
    case Reason::unknown_realm: return "unknown-realm";
    case Reason::malformed_credential: return "malformed-credential";
    case Reason::too_long: return "too-long";
    case Reason::unknown_mechanism: return "unknown-mechanism";
    case Reason::authzid_not_allowed: return "authzid-not-allowed";
    case Reason::ticket_expired: return "ticket-expired";
    case Reason::ticket_refused: return "ticket-refused";
    case Reason::ticket_without_pac: return "ticket-without-pac";
    case Reason::store_secret_refused: return "store-secret-refused";
    case Reason::store_secret_expired: return "store-secret-expired";
    case Reason::store_secret_spent: return "store-secret-spent";
    case Reason::channel_binding_differs: return "channel-binding-differs";
    case Reason::account_disabled: return "account-disabled";
    case Reason::account_expired: return "account-expired";
    case Reason::account_locked: return "account-locked";
    case Reason::password_expired: return "password-expired";
    case Reason::must_change_password: return "must-change-password";
    case Reason::logon_hours: return "logon-hours";
    case Reason::workstation: return "workstation";
    case Reason::account_restriction: return "account-restriction";
    case Reason::not_admitted: return "not-admitted";
    case Reason::service_not_allowed: return "service-not-allowed";
    case Reason::realm_not_allowed: return "realm-not-allowed";
    case Reason::peer_not_allowed: return "peer-not-allowed";
    case Reason::admit_not_allowed: return "admit-not-allowed";
    case Reason::external_not_allowed: return "external-not-allowed";
    case Reason::no_account: return "no-account";
    case Reason::directory_unavailable: return "directory-unavailable";
    case Reason::deadline: return "deadline";
    case Reason::overloaded: return "overloaded";
    case Reason::audit_unwritable: return "audit-unwritable";
    case Reason::lockout_budget: return "lockout-budget";
    case Reason::network_slowed: return "network-slowed";
    case Reason::store_unavailable: return "store-unavailable";
    case Reason::internal: return "internal";
    }
    return "internal";
}

std::string_view name_of(Source source)
{
    switch (source) {
    case Source::none: return {};
    case Source::directory: return "directory";
    case Source::proof: return "proof";
    case Source::refused_proof: return "refused-proof";
    case Source::retired_proof: return "retired-proof";
    case Source::grace: return "grace";
    case Source::mirror: return "mirror";
    case Source::shield: return "shield";
    case Source::verifier: return "verifier";
    }
    return {};
}

bool is_outage(Reason reason)
{
    return reason >= Reason::directory_unavailable;
}

bool proves_password(Reason reason)
{
    switch (reason) {
    case Reason::account_disabled:
    case Reason::account_expired:
    case Reason::password_expired:
    case Reason::must_change_password:
    case Reason::logon_hours:
    case Reason::workstation: return true;
    default: return false;
    }
}

std::string_view public_text(Reason reason)
{
    switch (reason) {
    case Reason::account_disabled: return "this account is disabled";
    case Reason::account_expired: return "this account has expired";
    case Reason::password_expired: return "the password has expired and must be changed";
    case Reason::must_change_password: return "the password must be changed before the first login";
    case Reason::logon_hours: return "this account may not log in at this hour";
    case Reason::workstation: return "this account may not log in from here";
    case Reason::not_admitted:
    case Reason::no_account: return "this account may not use this service";
    default: return is_outage(reason) ? "logins are temporarily unavailable" : "login failed";
    }
}

} // namespace gatehouse
