#pragma once

#include "base/result.hpp"
#include "edge/settings.hpp"
#include "identity/channel.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <vector>

namespace gatehouse::edge
{

class TicketKeys;

struct SslContextEnd {
    void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextEnd>;

/// The TLS that clients see: a context for each certificate, chosen by the name that the client asks for (SNI, RFC
/// 6066). Immutable; replaced whole on reload. Must live until the handshakes that began with it are over.
class ServerTls
{
public:
    /// `tickets` outlives every connection. Error: `invalid`, with the file: no certificate, no key that fits, over.
    static Result<std::shared_ptr<const ServerTls>> load(const TlsSettings& settings, TicketKeys& tickets);

    SSL_CTX& context() const { return *contexts_.front(); }
    /// The last moment of each certificate, in the order of the settings.
    std::vector<std::chrono::system_clock::time_point> ends() const;
    bool asks_for_certificates() const { return asks_for_certificates_; }

private:
    ServerTls() = default;
    static int choose(SSL* ssl, int* alert, void* self);

    std::vector<SslContext> contexts_;
    bool asks_for_certificates_ = false;
};

/// For connections to stores. Error: `invalid`, with the file.
Result<SslContext> client_context(const std::string& ca_file);

/// The client has shown a certificate, and it was verified.
bool shows_certificate(SSL& ssl);

/// What authd is told of a client's TLS: its channel bindings (RFC 9266, RFC 5929) and its certificate's names, where
/// it has shown one that was verified. Takes about a tenth of a handshake's time.
Channel channel_of(SSL& ssl);

} // namespace gatehouse::edge
