#pragma once

#include "base/async.hpp"
#include "base/secret.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

// An IMAP client over TLS, as cheap as it can be: it shares the machine with the proxy that it measures.

namespace gatehouse::bench
{

/// TLS 1.3, TLS_AES_256_GCM_SHA384 and X25519 only, whatever the server prefers; sessions are not resumed. The server's
/// signature is checked (TLS 1.3 has no other way), its certificate's issuer is not. Throws std::runtime_error.
std::shared_ptr<SSL_CTX> edge_tls();

/// One connection. Used by the thread of its io_context; errors are exceptions that say what was expected.
class EdgeConnection
{
public:
    EdgeConnection(boost::asio::io_context& io, SSL_CTX* tls);

    /// Connects, shakes hands, reads the greeting.
    Awaitable<void> open(boost::asio::ip::tcp::endpoint server);
    /// Sends a whole command, whose tag is `a`; true for OK, false for NO.
    Awaitable<bool> command(std::string_view line);
    /// `BULK count`: takes the literal of that many MiB. Throws when it is shorter or longer.
    Awaitable<void> take_bulk(std::size_t count);
    /// Says so to the peer, and closes.
    void close();

private:
    Awaitable<void> send(std::string_view bytes);
    Awaitable<void> receive(); ///< adds to `read_` what comes next
    Awaitable<std::string> read_line();
    Awaitable<void> settle(int result); ///< waits for what a TLS call waits for; throws when it has failed

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    std::string read_;
};

/// `a LOGIN name password`, both quoted. Throws when the secret memory is full.
Secret login_command(std::string_view name, const Secret& password);

} // namespace gatehouse::bench
