#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse
{

/// Wall-clock time, as directories store it.
using WallTime = std::chrono::system_clock::time_point;

/// The moment as WallTime, which counts nanoseconds and holds 1678 to 2262. Directories say year 0 for "long ago" and
/// 9999 for "never": what lies beyond is the nearest end.
inline WallTime wall_time(std::chrono::sys_seconds moment)
{
    if (moment >= std::chrono::floor<std::chrono::seconds>(WallTime::max()))
        return WallTime::max();
    if (moment <= std::chrono::ceil<std::chrono::seconds>(WallTime::min()))
        return WallTime::min();
    return moment;
}

/// 7 x 24 hours in UTC from Sunday 00:00, bit 0 of byte 0 first: the layout of Active Directory's logonHours.
using LogonHours = std::array<std::uint8_t, 21>;

/// What the directory says about an account, the clock left out: `account_standing` adds that.
struct AccountState {
    bool disabled = false;
    bool locked = false; ///< locked until an administrator or `locked_until` ends it
    bool must_change_password = false;
    std::optional<WallTime> locked_until; ///< nothing: for good, as far as is known
    bool lock_may_have_ended = false;     ///< only the directory knows whether `locked` still holds: ask it
    std::optional<WallTime> expires;
    std::optional<WallTime> password_expires;
    std::optional<LogonHours> logon_hours;
    bool workstations_restricted =
        false; ///< the account names the workstations it may use; a mail server is none of them

    bool operator==(const AccountState&) const = default;
};

/// One group that a person belongs to, and how.
struct Membership {
    std::string group;            ///< its short name, as configuration writes it
    std::string dn;               ///< empty in a `local` realm
    std::vector<std::string> via; ///< the groups between, nearest to the person first; empty: a direct member

    bool operator==(const Membership&) const = default;
};

struct PosixAccount {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home;

    bool operator==(const PosixAccount&) const = default;
};

/// How much of a Person a caller needs; each includes the ones before.
enum class Detail : std::uint8_t {
    name,    ///< the canonical name: what a bind alone proves
    account, ///< stable id, addresses, account state, posix attributes
    groups,  ///< every group, nested ones included
};

/// One person as a directory knows them. A value: the snapshot of a moment.
struct Person {
    std::string realm;
    std::string name; ///< the canonical short name (sAMAccountName, uid), lower case
    std::string id;   ///< objectGUID or entryUUID as text; empty when `known` is Detail::name
    std::string dn;   ///< empty in a `local` realm
    std::string upn;  ///< user principal name; may be empty
    std::string display_name;
    std::string mailbox; ///< the mailbox name that every door returns
    std::vector<std::string> addresses;
    std::string mail_host; ///< the name of the person's mail store, as the directory says; empty: it does not say
    AccountState state;
    std::optional<PosixAccount> posix;
    std::vector<Membership> groups;
    /// Changes whenever the password may have changed (pwdLastSet, pwdChangedTime); compared only. Empty: not known.
    std::string password_version;
    std::optional<WallTime> password_changed; ///< when the directory says it was changed last
    Detail known = Detail::name;              ///< which of the members above were asked for and are true
};

} // namespace gatehouse
