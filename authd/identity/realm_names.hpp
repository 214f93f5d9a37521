#pragma once

#include "identity/login_name.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse
{

/// The names by which people call a realm. All compared without case.
struct RealmNames {
    std::string realm;                     ///< the name in the configuration
    std::string netbios;                   ///< DOMAIN of DOMAIN\user; may be empty
    std::string kerberos_realm;            ///< may be empty
    std::vector<std::string> upn_suffixes; ///< user@suffix is a user principal name here
    std::vector<std::string> mail_domains; ///< user@domain is a mail address here
    bool is_default = false;               ///< names without a qualifier belong here

    bool operator==(const RealmNames&) const = default;

    /// Does this realm claim the qualifier of such a name?
    bool claims(const LoginName& name) const;
};

/// The realms that `name` may belong to, in order; `hint` is the realm that the caller's protocol named (saslauthd's
/// realm field), or empty. More than one: each is asked, and a person in two of them is ambiguous. None: unknown realm.
/// Without qualifier and hint: the default realm, or every realm when there is no default.
std::vector<const RealmNames*> route(const LoginName& name, std::string_view hint,
                                     const std::vector<RealmNames>& realms);

} // namespace gatehouse
