#include "kerberos/kdc_refusal.hpp"

#include <array>
#include <cstdlib>
#include <utility>

namespace gatehouse::kerberos
{

namespace
{
/// RFC 4120 section 7.5.9. libkrb5's own constants are these plus the base of its error table.
enum Code : std::uint32_t {
    client_expired = 1,
    client_unknown = 6,
    policy = 12,
    no_common_key_type = 14,
    client_revoked = 18,
    client_not_yet = 21,
    key_expired = 23,
    preauth_failed = 24,
    bad_integrity = 31,
    clock_skew = 37,
    wrong_realm = 68,
};

struct AccountStatus {
    std::uint32_t nt_status;
    Reason reason;
    const char* words;
};

constexpr std::array account_statuses{
    AccountStatus{0xC0000064, Reason::unknown_person, "no such account"},
    AccountStatus{0xC000006A, Reason::wrong_password, "wrong password"},
    AccountStatus{0xC000006E, Reason::account_restriction, "an account restriction"},
    AccountStatus{0xC000006F, Reason::logon_hours, "outside the account's logon hours"},
    AccountStatus{0xC0000070, Reason::workstation, "the account may not log in from this workstation"},
    AccountStatus{0xC0000071, Reason::password_expired, "the password has expired"},
    AccountStatus{0xC0000072, Reason::account_disabled, "the account is disabled"},
    AccountStatus{0xC0000193, Reason::account_expired, "the account has expired"},
    AccountStatus{0xC0000224, Reason::must_change_password, "the password must be changed before the first login"},
    AccountStatus{0xC0000234, Reason::account_locked, "the account is locked out"},
};

/// MIT's KDC says it in a word; "CLIENT LOCKED OUT" is one that may have no tickets at all (src/kdc/kdc_util.c).
struct StatusWord {
    std::string_view word;
    Reason reason;
};

constexpr std::array status_words{
    StatusWord{"CLIENT LOCKED OUT", Reason::account_disabled},
    StatusWord{"LOCKED_OUT", Reason::account_locked},
    StatusWord{"REQUIRED PWCHANGE", Reason::must_change_password},
};

const AccountStatus* status_of(const KdcRefusal& refusal)
{
    for (const AccountStatus& status : account_statuses)
        if (refusal.nt_status == status.nt_status)
            return &status;
    return nullptr;
}

bool has_passed(const std::optional<WallTime>& moment, WallTime now)
{
    return moment && now >= *moment;
}

/// Why a KDC calls an account revoked, which stands for all of these.
Reason why_revoked(const AccountState* state, WallTime now)
{
    if (state == nullptr)
        return Reason::account_restriction;
    if (state->disabled)
        return Reason::account_disabled;
    if (has_passed(state->expires, now))
        return Reason::account_expired;
    if (state->locked)
        return Reason::account_locked;
    return state->logon_hours ? Reason::logon_hours : Reason::account_restriction;
}

std::string skewed(std::int64_t seconds)
{
    return "this host's clock is " + std::to_string(std::abs(seconds)) + " s " + (seconds > 0 ? "behind" : "ahead of") +
           " the KDC's, and Kerberos allows 300: synchronise both (chrony, systemd-timesyncd)";
}

Reason reason_of(const KdcRefusal& refusal, const AccountState* state, WallTime now)
{
    switch (refusal.code) {
    case preauth_failed:
    case bad_integrity: return Reason::wrong_password;
    case client_unknown:
    case wrong_realm: return Reason::unknown_person;
    case client_revoked: return why_revoked(state, now);
    case client_expired: return Reason::account_expired;
    case key_expired:
        return state != nullptr && state->must_change_password ? Reason::must_change_password
                                                               : Reason::password_expired;
    case policy:
        return state != nullptr && state->workstations_restricted ? Reason::workstation : Reason::account_restriction;
    case client_not_yet: return Reason::account_restriction;
    default: return Reason::directory_unavailable;
    }
}

/// Would a reader take it for a word about somebody who knew the password?
bool seems_proven(Reason reason)
{
    return proves_password(reason) || reason == Reason::account_restriction || reason == Reason::account_locked;
}

bool may_name_a_status(std::uint32_t code)
{
    return code == client_revoked || code == client_expired || code == key_expired || code == policy;
}

// --- DER, as far as error data goes

constexpr std::uint8_t sequence = 0x30;
constexpr std::uint8_t integer = 0x02;
constexpr std::uint8_t octets = 0x04;
constexpr std::uint8_t field_1 = 0xA1; // [1] EXPLICIT
constexpr std::uint8_t field_2 = 0xA2;

using Bytes = std::span<const std::uint8_t>;

struct Element {
    std::uint8_t tag = 0; ///< 0: the bytes end, or are no DER
    Bytes content{};
};

/// Takes the first element off `bytes`; all of them when there is none.
Element take_element(Bytes& bytes)
{
    const Bytes whole = std::exchange(bytes, {});
    if (whole.size() < 2)
        return {};
    std::size_t head = 2;
    std::size_t size = whole[1];
    if (size >= 0x80) { // that many bytes of length follow
        const std::size_t more = size & 0x7F;
        if (more == 0 || more > 3 || whole.size() < head + more)
            return {};
        size = 0;
        for (const std::uint8_t byte : whole.subspan(head, more))
            size = size << 8 | byte;
        head += more;
    }
    if (size > whole.size() - head)
        return {};
    bytes = whole.subspan(head + size);
    return {whole[0], whole.subspan(head, size)};
}

/// The content of the element with tag `inner` in a field with tag `outer`, which is the next of `bytes`.
std::optional<Bytes> take_field(Bytes& bytes, std::uint8_t outer, std::uint8_t inner)
{
    Element field = take_element(bytes);
    const Element element = take_element(field.content);
    if (field.tag != outer || element.tag != inner)
        return std::nullopt;
    return element.content;
}

constexpr std::size_t extended_error_size = 12; // status, reserved, flags: 32 bits each, little-endian

std::optional<std::uint32_t> read_extended_error(Bytes bytes)
{
    if (bytes.size() != extended_error_size)
        return std::nullopt;
    return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
           static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

/// { [1] INTEGER type, [2] OCTET STRING value }: both PA-DATA and KERB-ERROR-DATA.
std::optional<std::uint32_t> read_typed_value(Bytes fields)
{
    constexpr std::uint8_t extended = 3; // PA-PW-SALT, KERB_ERR_TYPE_EXTENDED
    const auto type = take_field(fields, field_1, integer);
    const auto value = take_field(fields, field_2, octets);
    if (!type || !value || type->size() != 1 || type->front() != extended)
        return std::nullopt;
    return read_extended_error(*value);
}
} // namespace

std::optional<std::uint32_t> nt_status_of(std::span<const std::uint8_t> error_data)
{
    if (const auto bare = read_extended_error(error_data))
        return bare;
    const Element outer = take_element(error_data);
    if (outer.tag != sequence)
        return std::nullopt;
    if (const auto status = read_typed_value(outer.content))
        return status;
    Bytes list = outer.content;
    while (!list.empty())
        if (const Element element = take_element(list); element.tag == sequence)
            if (const auto status = read_typed_value(element.content))
                return status;
    return std::nullopt;
}

Judgement judge(const KdcRefusal& refusal, const AccountState* state, WallTime now)
{
    Judgement judgement{reason_of(refusal, state, now), refusal.text, false};
    if (const AccountStatus* const status = status_of(refusal); status != nullptr && may_name_a_status(refusal.code)) {
        judgement.reason = status->reason;
        judgement.detail = std::string(status->words) + ": " + refusal.text;
    }
    if (may_name_a_status(refusal.code))
        for (const StatusWord& status : status_words)
            if (refusal.word == status.word)
                judgement.reason = status.reason;
    if (refusal.code == clock_skew)
        judgement.detail = skewed(refusal.skew) + ": " + refusal.text;
    if (refusal.code == no_common_key_type)
        judgement.detail =
            "the account has no key of a type that libkrb5 allows here; a new password makes one: " + refusal.text;
    judgement.unproven = !refusal.password_shown && seems_proven(judgement.reason);
    return judgement;
}

} // namespace gatehouse::kerberos
