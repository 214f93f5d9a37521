#pragma once

#include "base/deadline.hpp"
#include "directory/settings.hpp"
#include "identity/person.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// A server whose certificate is to be looked at.
struct SuspectServer {
    std::string host;
    std::uint16_t port = 0;
    std::vector<boost::asio::ip::address> addresses;
    TlsSettings tls;
};

/// What stands in a certificate.
struct CertificateFacts {
    std::string subject;            ///< the common name, or the whole name when it has none
    std::string issuer;             ///< likewise
    std::vector<std::string> names; ///< that it is for, four at most; the subject when it lists none
    WallTime not_before{};
    WallTime not_after{};
    std::string issuer_at; ///< where it says that its issuer's certificate can be had (RFC 5280 section 4.2.2.1)

    bool operator==(const CertificateFacts&) const = default;
};

/// What a TLS handshake shows, with nothing of it refused.
struct TlsLook {
    enum class End {
        unreachable,      ///< no TCP connection
        late,             ///< not over by the deadline
        bad_ca_file,      ///< nothing to compare with
        starttls_refused, ///< the server does not answer StartTLS with success
        no_tls,           ///< the handshake fails: another protocol, or none that we speak
        seen,             ///< the rest of this is filled in
    };
    End end = End::unreachable;
    std::vector<CertificateFacts> sent;  ///< by the server, its own first
    std::vector<CertificateFacts> chain; ///< from its own towards an authority of ours, as far as it could be built
    long verified = 0;                   ///< X509_V_OK, or the first fault
    CertificateFacts faulty;             ///< the certificate with that fault
    bool fits_host = false;              ///< its own is for the host
};

/// Looks at the server's certificate with OpenSSL. Proves nothing: only libldap's own handshake decides whether a
/// connection is used. Blocks until `deadline` at most: for the network pool.
TlsLook look_at_tls(const SuspectServer& server, Deadline deadline);

} // namespace gatehouse::directory
