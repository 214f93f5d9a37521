#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::directory
{

enum class TlsMode { ldaps, starttls, clear_text };

struct TlsSettings {
    TlsMode mode = TlsMode::ldaps;
    std::string ca_file; ///< PEM; empty: the system's certificates
    bool verify = true;

    bool operator==(const TlsSettings&) const = default;
};

/// Where the servers are: a list, or SRV records (`srv_domain`). Exactly one of the two is set.
struct ServerSettings {
    std::vector<std::string> hosts; ///< host or host:port; the port is 636 for ldaps, else 389
    std::string srv_domain; ///< _ldap._tcp[.SITE._sites].dc._msdcs.DOMAIN for AD, _ldap._tcp.DOMAIN for OpenLDAP
    std::string site;       ///< Active Directory site to prefer; may be empty
    std::string dns_server; ///< address of the name server to ask, instead of the system's; may be empty

    bool operator==(const ServerSettings&) const = default;
};

/// The account that searches. No dn: search anonymously.
struct BindAccount {
    std::string dn;
    std::string password_file;

    bool operator==(const BindAccount&) const = default;
};

struct Timing {
    std::chrono::milliseconds connect{3000};     ///< TCP and TLS and the first bind, each server
    std::chrono::milliseconds answer{4000};      ///< one request at one server
    std::chrono::milliseconds retry_after{1000}; ///< first back-off of a failed server; doubles up to 30 s
    std::size_t bind_connections = 16;           ///< at most, each realm: binds under way at once

    bool operator==(const Timing&) const = default;
};

struct OpenLdapSettings {
    std::string realm;
    ServerSettings servers;
    TlsSettings tls;
    BindAccount bind;
    Timing timing;
    std::string people_base;
    std::string people_filter = "(objectClass=person)";
    std::string name_attribute = "uid";
    std::vector<std::string> address_attributes = {"mail"};
    std::string mail_host_attribute = "mailHost"; ///< of inetLocalMailRecipient; empty: none
    std::string dn_template; ///< "uid={name},ou=people,dc=example": bind without a search. Empty: search, then bind
    std::string groups_base; ///< empty: people_base's parent is not guessed; no groups
    std::string group_name_attribute = "cn";
    std::vector<std::string> group_member_attributes = {"member", "uniqueMember",
                                                        "memberUid"}; ///< and memberOf on people
    bool nested_groups = true;
    std::string policy_dn; ///< the default password policy (pwdPolicy); empty: only what people's own entries name
    bool mailbox_is_address = false; ///< the mailbox name is the first address instead of the name

    bool operator==(const OpenLdapSettings&) const = default;
};

struct ActiveDirectorySettings {
    std::string realm;
    ServerSettings servers;
    TlsSettings tls;
    BindAccount bind;
    Timing timing;
    std::string base; ///< the domain's naming context; empty: defaultNamingContext of the rootDSE
    /// The type is that of a person's account (MS-SAMR 2.2.1.9): the account by which another domain is trusted is a
    /// user, too, and its password is known there.
    std::string people_filter = "(&(objectCategory=person)(objectClass=user)(sAMAccountType=805306368))";
    std::vector<std::string> upn_suffixes; ///< whose user@suffix also means sAMAccountName=user
    bool mailbox_is_address = false;
    std::string mail_host_attribute;              ///< empty: none
    std::chrono::milliseconds feed_interval{500}; ///< between two looks at a domain controller's update counter
    std::chrono::seconds deletions_interval{30};  ///< between two sweeps of ids, where Deleted Objects cannot be read
    std::chrono::minutes old_password_period{60}; ///< OldPasswordAllowedPeriod of the domain controllers' registry

    bool operator==(const ActiveDirectorySettings&) const = default;
};

struct LocalSettings {
    std::string realm;
    std::string people_file; ///< people and groups in YAML, see authd.yaml(5)

    bool operator==(const LocalSettings&) const = default;
};

} // namespace gatehouse::directory
