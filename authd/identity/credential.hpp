#pragma once

#include "base/secret.hpp"
#include "identity/person.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace gatehouse
{

/// A name and a password, as SASL PLAIN and LOGIN, saslauthd, FTP and HTTP Basic show them.
struct PasswordCredential {
    std::string login;   ///< authentication identity, as given
    std::string authzid; ///< whom to act for; empty: oneself
    Secret password;
};

/// A name that the caller has proved by a mechanism of its own; believed from listeners with `may_admit` only.
struct ProvedName {
    std::string login;
};

/// A Kerberos ticket that a key of ours has opened: its KDC vouches for the client.
struct TicketCredential {
    std::string login;          ///< the client's principal as text, for people to read
    std::string authzid;        ///< whom to act for; empty: oneself
    std::string name;           ///< the principal's name; empty when it has several components or none
    std::string kerberos_realm; ///< the principal's realm
    std::string sid;            ///< whom the ticket's PAC names, its signature verified; empty: it has none
    WallTime ends;              ///< the ticket's end
};

/// What a login shows. Later mechanisms add their own alternatives.
using Credential = std::variant<PasswordCredential, ProvedName, TicketCredential>;

/// The name that a credential claims.
inline const std::string& login_of(const Credential& credential)
{
    return std::visit([](const auto& shown) -> const std::string& { return shown.login; }, credential);
}

/// The name that a credential wants to act for; empty: its own.
inline const std::string& authzid_of(const Credential& credential)
{
    static const std::string nobody;
    if (const auto* password = std::get_if<PasswordCredential>(&credential))
        return password->authzid;
    const auto* ticket = std::get_if<TicketCredential>(&credential);
    return ticket != nullptr ? ticket->authzid : nobody;
}

} // namespace gatehouse
