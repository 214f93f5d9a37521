#include "support/tls_connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gatehouse::integration
{

namespace
{
constexpr timeval patience{.tv_sec = 30, .tv_usec = 0};

sockaddr_in address_of(const std::string& host, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
        throw ConnectionLost("not an IPv4 address: " + host);
    return address;
}

std::string tls_reason()
{
    const unsigned long code = ::ERR_get_error();
    ::ERR_clear_error();
    const char* const reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
    return reason == nullptr ? "the connection is over" : reason;
}

void use_certificates(SSL_CTX& context, const TlsWish& wish)
{
    if (!wish.ca.empty()) {
        ::SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
        if (::SSL_CTX_load_verify_file(&context, wish.ca.c_str()) != 1)
            throw ConnectionLost(wish.ca + ": " + tls_reason());
    }
    if (wish.certificate.empty())
        return;
    const std::string key = std::filesystem::path(wish.certificate).replace_extension(".key").string();
    if (::SSL_CTX_use_certificate_chain_file(&context, wish.certificate.c_str()) != 1 ||
        ::SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw ConnectionLost(wish.certificate + ": " + tls_reason());
}
} // namespace

struct TlsConnection::Ends {
    int fd = -1;
    std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context{nullptr, &::SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&::SSL_free)> ssl{nullptr, &::SSL_free};

    Ends() = default;
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    ~Ends() { ::close(fd); }
};

TlsConnection::TlsConnection(const Place& place, const std::string& from) : ends_(std::make_unique<Ends>())
{
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to a socket that the server may have closed
    ends_->fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(ends_->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(ends_->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(ends_->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const sockaddr_in here = address_of(from, 0);
    const sockaddr_in there = address_of(place.host, place.port);
    if (::bind(ends_->fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
        ::connect(ends_->fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0)
        throw ConnectionLost(place.host + ":" + std::to_string(place.port) + ": " + std::strerror(errno));
}

TlsConnection::~TlsConnection() = default;
TlsConnection::TlsConnection(TlsConnection&&) noexcept = default;

void TlsConnection::begin_tls(const TlsWish& wish)
{
    ends_->context.reset(::SSL_CTX_new(::TLS_client_method()));
    ::SSL_CTX_set_security_level(ends_->context.get(), 0); // old versions are offered where a test wishes it
    ::SSL_CTX_set_min_proto_version(ends_->context.get(), wish.lowest);
    ::SSL_CTX_set_max_proto_version(ends_->context.get(), wish.highest);
    use_certificates(*ends_->context, wish);
    ends_->ssl.reset(::SSL_new(ends_->context.get()));
    if (!wish.ca.empty()) {
        ::SSL_set1_host(ends_->ssl.get(), "localhost");
        ::SSL_set_tlsext_host_name(ends_->ssl.get(), "localhost");
    }
    ::SSL_set_fd(ends_->ssl.get(), ends_->fd);
    ::ERR_clear_error();
    if (::SSL_connect(ends_->ssl.get()) != 1)
        throw ConnectionLost("TLS: " + tls_reason());
}

void TlsConnection::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        std::size_t written = 0;
        if (ends_->ssl) {
            ::ERR_clear_error();
            if (::SSL_write_ex(ends_->ssl.get(), bytes.data(), bytes.size(), &written) != 1)
                throw ConnectionLost("send: " + tls_reason());
        } else {
            const ssize_t count = ::send(ends_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count < 0)
                throw ConnectionLost(std::string("send: ") + std::strerror(errno));
            written = static_cast<std::size_t>(count);
        }
        bytes.remove_prefix(written);
    }
}

void TlsConnection::send_bytewise(std::string_view bytes)
{
    for (std::size_t i = 0; i < bytes.size(); ++i)
        send(bytes.substr(i, 1));
}

bool TlsConnection::receive()
{
    std::array<char, 16 * 1024> piece;
    if (ends_->ssl) {
        ::ERR_clear_error();
        errno = 0;
        const int count = ::SSL_read(ends_->ssl.get(), piece.data(), piece.size());
        if (count <= 0 && ::SSL_get_error(ends_->ssl.get(), count) == SSL_ERROR_WANT_READ)
            throw ConnectionLost("the server said nothing in time");
        if (count > 0)
            buffer_.append(piece.data(), static_cast<std::size_t>(count));
        return count > 0;
    }
    const ssize_t count = ::recv(ends_->fd, piece.data(), piece.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw ConnectionLost("the server said nothing in time");
    if (count > 0)
        buffer_.append(piece.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::string TlsConnection::read_line()
{
    std::size_t at = 0;
    while ((at = buffer_.find('\n')) == std::string::npos)
        if (!receive())
            throw ConnectionLost("the server closed the connection" + (buffer_.empty() ? "" : " after: " + buffer_));
    std::string line = buffer_.substr(0, at);
    buffer_.erase(0, at + 1);
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

std::string TlsConnection::ask(std::string_view line)
{
    send(std::string(line) + "\r\n");
    return read_line();
}

std::string TlsConnection::read_until(std::string_view word)
{
    std::string line = read_line();
    while (!line.starts_with(word))
        line = read_line();
    return line;
}

std::string TlsConnection::read_until_closed()
{
    while (receive()) {
    }
    return std::exchange(buffer_, {});
}

bool TlsConnection::closed_in_order() const
{
    return (::SSL_get_shutdown(ends_->ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsConnection::exported_key() const
{
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string key(32, '\0');
    if (::SSL_export_keying_material(ends_->ssl.get(), reinterpret_cast<unsigned char*>(key.data()), key.size(),
                                     label.data(), label.size(), nullptr, 0, 0) != 1)
        throw ConnectionLost("no tls-exporter: " + tls_reason());
    return key;
}

void TlsConnection::finish_sending()
{
    if (ends_->ssl)
        ::SSL_shutdown(ends_->ssl.get());
    ::shutdown(ends_->fd, SHUT_WR);
}

bool TlsConnection::renegotiates()
{
    ::ERR_clear_error();
    return ::SSL_renegotiate(ends_->ssl.get()) == 1 && ::SSL_do_handshake(ends_->ssl.get()) == 1 &&
           ::SSL_renegotiate_pending(ends_->ssl.get()) == 0;
}

} // namespace gatehouse::integration
