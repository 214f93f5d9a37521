#pragma once

#include "identity/person.hpp"
#include "identity/reason.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gatehouse::kerberos
{

/// What a KRB-ERROR says (RFC 4120 section 5.9.1). Nothing of it is proved: who sits between us and the KDC could have
/// written it. So it can refuse, and never grant.
struct KdcRefusal {
    std::uint32_t code = 0;                 ///< RFC 4120 section 7.5.9
    std::optional<std::uint32_t> nt_status; ///< of a domain controller
    std::string word{};                     ///< its e-text: what MIT's KDC calls the account's state
    std::string text{};                     ///< for the administrator
    bool password_shown = false; ///< it answers a request that proved knowledge of the password, or failed to
    std::int64_t skew = 0;       ///< the KDC's clock less ours, in seconds
};

/// What the answer means for the person who logs in.
struct Judgement {
    Reason reason = Reason::directory_unavailable; ///< a refusal or an outage
    std::string detail{};                          ///< for the administrator
    bool unproven = false;                         ///< the KDC refused before it looked at the password
};

/// README.md has the table. `state` is what the directory knows of the person, where that is known: it tells apart what
/// a KDC without NTSTATUS calls "revoked" and "expired". `now` is for what expires by the clock.
Judgement judge(const KdcRefusal& refusal, const AccountState* state, WallTime now);

/// The NTSTATUS in the error data of a domain controller (MS-KILE section 2.2.2, KERB-EXT-ERROR), in each of the three
/// ways in which it is wrapped: bare, as PA-DATA of type 3, as KERB-ERROR-DATA. Nothing when there is none.
std::optional<std::uint32_t> nt_status_of(std::span<const std::uint8_t> error_data);

} // namespace gatehouse::kerberos
