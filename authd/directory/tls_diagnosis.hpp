#pragma once

#include "base/deadline.hpp"
#include "directory/settings.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// A server whose TLS handshake failed in libldap, which does not say why.
struct SuspectServer {
    std::string host;
    std::uint16_t port = 0;
    std::vector<boost::asio::ip::address> addresses;
    TlsSettings tls;
};

/// Looks at the server's certificate with OpenSSL and says in one sentence what is wrong with it, e.g.
/// `certificate is for dc-old.campus.example (expected dc2.campus.example); issued by "Campus CA"`. Empty: nothing was
/// found. Proves nothing: only libldap's own handshake decides whether a connection is used. Blocks until `deadline`
/// at most: for the network pool.
std::string diagnose_tls(const SuspectServer& server, Deadline deadline);

} // namespace gatehouse::directory
