#include "directory/tls_diagnosis.hpp"

#include "base/text.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string_view>

namespace gatehouse::directory
{

namespace
{
template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using SslSession = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

/// A connected socket that waits no longer than the deadline.
class Line
{
public:
    Line(const SuspectServer& server, Deadline deadline) : deadline_(deadline)
    {
        for (const auto& address : server.addresses)
            if (connect({address, server.port}))
                return;
    }
    ~Line() { hang_up(); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    int socket() const { return socket_; }

    bool wait(short events) const
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        pollfd entry{socket_, events, 0};
        return left > 0 && ::poll(&entry, 1, static_cast<int>(left)) > 0;
    }

private:
    bool connect(const boost::asio::ip::tcp::endpoint& endpoint)
    {
        socket_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int error = ETIMEDOUT;
        socklen_t size = sizeof error;
        if (socket_ >= 0 && (::connect(socket_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 ||
                             (errno == EINPROGRESS && wait(POLLOUT) &&
                              ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)))
            return true;
        hang_up();
        return false;
    }
    void hang_up()
    {
        if (socket_ >= 0)
            ::close(std::exchange(socket_, -1));
    }

    Deadline deadline_;
    int socket_ = -1;
};

/// RFC 4511 section 4.14: ExtendedRequest with StartTLS's name, message id 1; any answer with result code 0 will do.
bool ask_for_tls(const Line& line)
{
    constexpr std::string_view request("\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
                                       "1.3.6.1.4.1.1466.20037");
    constexpr std::string_view success("\x0a\x01\x00", 3);
    std::array<char, 512> answer{};
    if (!line.wait(POLLOUT) || ::send(line.socket(), request.data(), request.size(), MSG_NOSIGNAL) < 0 ||
        !line.wait(POLLIN))
        return false;
    const ssize_t size = ::recv(line.socket(), answer.data(), answer.size(), 0);
    return size > 0 &&
           std::string_view(answer.data(), static_cast<std::size_t>(size)).find(success) != std::string_view::npos;
}

bool shake_hands(SSL* session, const Line& line)
{
    for (;;) {
        const int done = SSL_connect(session);
        if (done == 1)
            return true;
        const int error = SSL_get_error(session, done);
        const bool more = error == SSL_ERROR_WANT_READ    ? line.wait(POLLIN)
                          : error == SSL_ERROR_WANT_WRITE ? line.wait(POLLOUT)
                                                          : false;
        if (!more)
            return false;
    }
}

/// The common name, or the whole name when it has none.
std::string name_of(const X509_NAME* name)
{
    std::array<char, 256> text{};
    if (X509_NAME_get_text_by_NID(name, NID_commonName, text.data(), static_cast<int>(text.size())) > 0)
        return text.data();
    X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
    return text.data();
}

/// The names that a certificate is for, a few of them.
std::string names_in(const X509* certificate)
{
    constexpr std::size_t enough = 4;
    std::vector<std::string> names;
    const Names all(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()) && names.size() < enough; ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
        const ASN1_STRING* const value = name->type == GEN_DNS     ? name->d.dNSName
                                         : name->type == GEN_IPADD ? name->d.iPAddress
                                                                   : nullptr;
        if (value == nullptr)
            continue;
        const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                     static_cast<std::size_t>(ASN1_STRING_length(value)));
        if (name->type == GEN_DNS) {
            names.emplace_back(bytes);
        } else if (bytes.size() == 4) {
            boost::asio::ip::address_v4::bytes_type v4;
            std::ranges::transform(bytes, v4.begin(), [](char byte) { return static_cast<unsigned char>(byte); });
            names.push_back(boost::asio::ip::address_v4(v4).to_string());
        }
    }
    return names.empty() ? name_of(X509_get_subject_name(certificate)) : text::join(names, ", ");
}

std::string day_of(const ASN1_TIME* time)
{
    tm parts{};
    std::array<char, 32> text{};
    if (ASN1_TIME_to_tm(time, &parts) != 1 ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts) == 0)
        return "an unreadable date";
    return text.data();
}

bool is_for(X509* certificate, const std::string& host)
{
    boost::system::error_code not_address;
    boost::asio::ip::make_address(host, not_address);
    return not_address ? X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1
                       : X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

std::string describe(X509* certificate, long verified, const SuspectServer& server)
{
    const std::string issuer = '"' + name_of(X509_get_issuer_name(certificate)) + '"';
    const std::string ca = server.tls.ca_file.empty() ? "the system's certificates" : server.tls.ca_file;
    switch (verified) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "certificate expired on " + day_of(X509_get0_notAfter(certificate)) + "; issued by " + issuer;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "certificate is valid only from " + day_of(X509_get0_notBefore(certificate)) + "; issued by " + issuer +
               "; is the clock here right?";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "certificate is self-signed (" + issuer + ") and not in " + ca;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "certificate has an unknown issuer, " + issuer + " (expected one of " + ca + ')';
    case X509_V_OK: break;
    default:
        return std::string("certificate is refused: ") + X509_verify_cert_error_string(verified) + "; issued by " +
               issuer;
    }
    if (!is_for(certificate, server.host))
        return "certificate is for " + names_in(certificate) + " (expected " + server.host + "); issued by " + issuer;
    if (text::equal_ignoring_case(server.host, "localhost"))
        return "libldap compares the certificate with this machine's own name when the server is called localhost: "
               "write 127.0.0.1 or the server's real name";
    return {};
}
} // namespace

std::string diagnose_tls(const SuspectServer& server, Deadline deadline)
{
    sigset_t broken_pipe; // OpenSSL writes without MSG_NOSIGNAL; a thread of the pool has no use for the signal
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    ERR_clear_error();
    const SslContext context(SSL_CTX_new(TLS_client_method()));
    const Line line(server, deadline);
    if (!context || line.socket() < 0)
        return {};
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
    const int loaded = server.tls.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                                  : SSL_CTX_load_verify_file(context.get(), server.tls.ca_file.c_str());
    if (loaded != 1)
        return server.tls.ca_file + ": no certificates can be read from it (expected PEM)";
    if (server.tls.mode == TlsMode::starttls && !ask_for_tls(line))
        return "the server does not answer StartTLS with success";
    const SslSession session(SSL_new(context.get())); // verifies, and goes on whatever it finds
    if (!session || SSL_set_fd(session.get(), line.socket()) != 1)
        return {};
    SSL_set_verify(session.get(), SSL_VERIFY_NONE, nullptr);
    SSL_set_tlsext_host_name(session.get(), server.host.c_str());
    if (!shake_hands(session.get(), line))
        return Clock::now() < deadline
                   ? "the server does not speak TLS 1.2 or later on port " + std::to_string(server.port)
                   : "";
    const Certificate certificate(SSL_get1_peer_certificate(session.get()));
    return certificate ? describe(certificate.get(), SSL_get_verify_result(session.get()), server) : "";
}

} // namespace gatehouse::directory
