#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse
{

/// What names a TLS connection at both of its ends, so that a login cannot be carried to another one (RFC 5056).
struct ChannelBinding {
    std::string type; ///< as registered with IANA: "tls-exporter" (RFC 9266), "tls-server-end-point" (RFC 5929)
    std::string bytes;
};

/// Whom a client certificate names. Its chain, its end and its revocation are the caller's to check.
struct ClientCertificate {
    /// The login name that it bears: the user principal name of its subjectAltName (OID 1.3.6.1.4.1.311.20.2.3), or
    /// what the caller takes for one (Dovecot's ssl_cert_username_field); empty: none.
    std::string name{};
    std::vector<std::string> mails{}; ///< the addresses (rfc822Name) of its subjectAltName
};

/// What the caller of a door tells of the client of an exchange.
struct Channel {
    std::string realm_hint{};                       ///< the realm that its caller means; empty: none
    std::vector<ChannelBinding> bindings{};         ///< one of each type that the caller can tell
    std::optional<ClientCertificate> certificate{}; ///< nothing: the client has shown none, or it was not verified
};

} // namespace gatehouse
