#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse
{

/// Why a login ended as it did: one word for the audit line, metrics and `authctl`. People get `public_text` instead,
/// which tells apart only what a right password may know.
enum class Reason : std::uint8_t {
    granted,

    // The credential
    unknown_person,
    wrong_password,
    empty_password,
    malformed_name,       ///< not UTF-8, a control character, empty or too long
    ambiguous_name,       ///< the name fits more than one person
    unknown_realm,        ///< the name names no realm that is configured
    malformed_credential, ///< the mechanism's message does not parse
    too_long,
    unknown_mechanism,
    authzid_not_allowed, ///< asked to act for somebody else
    ticket_expired,
    ticket_refused,          ///< no key of ours opens it, it was seen before, or it is not what it says
    ticket_without_pac,      ///< Active Directory's own word for who it is is missing
    store_secret_refused,    ///< not one of ours, damaged, or made for another store, service or login name
    store_secret_expired,    ///< made too long ago, or before this authd began to remember which were spent
    store_secret_spent,      ///< shown a second time
    channel_binding_differs, ///< the login was made for another TLS connection, or its binding was talked away

    // The account; each of these proves that the password was right, account_locked excepted
    account_disabled,
    account_expired,
    account_locked,
    password_expired,
    must_change_password,
    logon_hours,
    workstation,
    account_restriction, ///< the directory refuses and says no more

    // Policy
    not_admitted,         ///< the service admits other groups
    service_not_allowed,  ///< the listener may not ask for this service
    realm_not_allowed,    ///< the listener may not ask for people of this realm
    peer_not_allowed,     ///< the listener does not serve this uid
    admit_not_allowed,    ///< the listener may not vouch for people whom it has proved itself
    external_not_allowed, ///< the listener may not vouch for client certificates
    no_account, ///< the service needs a posix account, and neither the directory nor the listener has one that fits

    // Nothing is known about the credential: these are Unavailable, never Denied
    directory_unavailable,
    deadline,
    overloaded, ///< a pool, a queue or the secret memory is full
    audit_unwritable,
    lockout_budget,    ///< one more wrong password could lock the account in the directory: it is not asked now
    network_slowed,    ///< the client's network tries passwords of many people
    store_unavailable, ///< what must be kept for ever (a new mailbox name) cannot be kept
    internal,
};

/// The word of the audit line: `wrong_password` is "wrong-password".
std::string_view name_of(Reason reason);

/// True for the reasons of an Unavailable verdict.
bool is_outage(Reason reason);

/// True where the directory checked the password and found it right, and refused for another reason.
bool proves_password(Reason reason);

/// What a person may be told. The same "login failed" for an unknown person, a wrong password and every other reason
/// that would tell an attacker something.
std::string_view public_text(Reason reason);

} // namespace gatehouse
