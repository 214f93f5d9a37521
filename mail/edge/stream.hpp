#pragma once

#include "base/async.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::edge
{

struct SslEnd {
    void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
};
using Ssl = std::unique_ptr<SSL, SslEnd>;

/// One TCP connection, in clear text or under TLS, which may begin at any time. Holds no buffer of its own: OpenSSL
/// works on the descriptor and gives its buffers back whenever they are empty. Lives on one io_context, used on its
/// thread only.
class Stream
{
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    enum class Outcome : std::uint8_t {
        done,
        wants_read,  ///< try again when the socket can be read
        wants_write, ///< try again when it can be written
        ended,       ///< the peer has ended its side in good order
        failed,
    };
    struct Moved {
        Outcome outcome;
        std::size_t bytes = 0; ///< when done
    };

    explicit Stream(boost::asio::io_context& io) : socket_(io) {}
    /// `connected` does not block.
    Stream(boost::asio::io_context& io, boost::asio::ip::tcp protocol, Descriptor connected);
    Stream(Stream&&) = default;
    Stream& operator=(Stream&&) = default;

    /// Neither waits.
    Moved read(std::span<std::uint8_t> into) noexcept;
    Moved write(std::span<const std::uint8_t> from) noexcept;

    /// What arrives, as soon as anything does; 0 bytes: the peer has ended its side. Error: `unavailable`.
    Awaitable<Result<std::size_t>> read_some(std::span<std::uint8_t> into);
    Awaitable<Result<void>> write_all(std::string_view bytes);

    /// Waits until the socket is ready for what an Outcome wants. False: it was cancelled.
    Awaitable<bool> wait_for(Outcome outcome);

    /// Begins TLS as the server. Error: `unavailable`, with OpenSSL's reason.
    Awaitable<Result<void>> accept_tls(SSL_CTX& context);
    /// Begins TLS as the client; the certificate must be for `name` (a host name or an address).
    Awaitable<Result<void>> connect_tls(SSL_CTX& context, const std::string& name);

    /// Tells the peer that nothing more comes.
    void end_writing() noexcept;
    /// Ends what waits, and lets nothing wait any more.
    void cancel() noexcept;
    void close() noexcept;

    Socket& socket() { return socket_; }
    /// Null: in clear text.
    SSL* tls() const { return tls_.get(); }
    /// TLS holds bytes that were received and not read: the socket will not say so.
    bool has_pending() const { return tls_ && ::SSL_pending(tls_.get()) > 0; }

private:
    Awaitable<Result<void>> shake_hands();
    Moved judge(int result) noexcept;

    Socket socket_;
    Ssl tls_;
    bool cancelled_ = false;
};

/// What OpenSSL says last on this thread, in words.
std::string tls_error();

} // namespace gatehouse::edge
