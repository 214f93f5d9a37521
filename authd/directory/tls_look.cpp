#include "directory/tls_look.hpp"

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
#include <ctime>
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
using Names = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
using Access = std::unique_ptr<AUTHORITY_INFO_ACCESS, FreeWith<AUTHORITY_INFO_ACCESS_free>>;

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

std::string_view text_of(const ASN1_STRING* value)
{
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

/// The names that a certificate is for, a few of them.
std::vector<std::string> names_in(const X509* certificate)
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
        const std::string_view bytes = text_of(value);
        if (name->type == GEN_DNS) {
            names.emplace_back(bytes);
        } else if (bytes.size() == 4) {
            boost::asio::ip::address_v4::bytes_type v4;
            std::ranges::transform(bytes, v4.begin(), [](char byte) { return static_cast<unsigned char>(byte); });
            names.push_back(boost::asio::ip::address_v4(v4).to_string());
        }
    }
    return names.empty() ? std::vector{name_of(X509_get_subject_name(certificate))} : names;
}

std::string issuer_at(const X509* certificate)
{
    const Access all(
        static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
    for (int i = 0; all && i < sk_ACCESS_DESCRIPTION_num(all.get()); ++i) {
        const ACCESS_DESCRIPTION* const access = sk_ACCESS_DESCRIPTION_value(all.get(), i);
        if (OBJ_obj2nid(access->method) == NID_ad_ca_issuers && access->location->type == GEN_URI)
            return std::string(text_of(access->location->d.uniformResourceIdentifier));
    }
    return {};
}

WallTime time_of(const ASN1_TIME* time)
{
    tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? std::chrono::system_clock::from_time_t(::timegm(&parts)) : WallTime{};
}

CertificateFacts facts_of(const X509* certificate)
{
    return {.subject = name_of(X509_get_subject_name(certificate)),
            .issuer = name_of(X509_get_issuer_name(certificate)),
            .names = names_in(certificate),
            .not_before = time_of(X509_get0_notBefore(certificate)),
            .not_after = time_of(X509_get0_notAfter(certificate)),
            .issuer_at = issuer_at(certificate)};
}

bool is_for(X509* certificate, const std::string& host)
{
    boost::system::error_code not_address;
    boost::asio::ip::make_address(host, not_address);
    return not_address ? X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1
                       : X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

std::vector<CertificateFacts> facts_of(const STACK_OF(X509) * certificates)
{
    std::vector<CertificateFacts> all;
    for (int i = 0; i < sk_X509_num(certificates); ++i)
        all.push_back(facts_of(sk_X509_value(certificates, i)));
    return all;
}

/// Called by OpenSSL in place of its own verification, which it runs; goes on whatever is found.
int verify(X509_STORE_CTX* verification, void* look_of)
{
    TlsLook& look = *static_cast<TlsLook*>(look_of);
    look.verified = X509_verify_cert(verification) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(verification);
    if (const X509* const faulty = X509_STORE_CTX_get_current_cert(verification); faulty && look.verified != X509_V_OK)
        look.faulty = facts_of(faulty);
    if (const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(verification))
        look.chain = facts_of(chain);
    return 1;
}

void ignore_broken_pipes() // OpenSSL writes without MSG_NOSIGNAL; a thread of the pool has no use for the signal
{
    sigset_t broken_pipe;
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
}
} // namespace

TlsLook look_at_tls(const SuspectServer& server, Deadline deadline)
{
    using End = TlsLook::End;
    TlsLook look;
    const auto ended = [&](End end) {
        look.end = Clock::now() < deadline ? end : End::late;
        return look;
    };
    ignore_broken_pipes();
    ERR_clear_error();
    const SslContext context(SSL_CTX_new(TLS_client_method()));
    const Line line(server, deadline);
    if (!context || line.socket() < 0)
        return ended(End::unreachable);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_cert_verify_callback(context.get(), verify, &look);
    const int loaded = server.tls.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                                  : SSL_CTX_load_verify_file(context.get(), server.tls.ca_file.c_str());
    if (loaded != 1)
        return ended(End::bad_ca_file);
    if (server.tls.mode == TlsMode::starttls && !ask_for_tls(line))
        return ended(End::starttls_refused);
    const SslSession session(SSL_new(context.get()));
    if (!session || SSL_set_fd(session.get(), line.socket()) != 1)
        return ended(End::unreachable);
    SSL_set_verify(session.get(), SSL_VERIFY_NONE, nullptr);
    SSL_set_tlsext_host_name(session.get(), server.host.c_str());
    X509* own = nullptr;
    if (!shake_hands(session.get(), line) || (own = SSL_get0_peer_certificate(session.get())) == nullptr)
        return ended(End::no_tls);
    look.end = End::seen;
    look.sent = facts_of(SSL_get_peer_cert_chain(session.get()));
    look.fits_host = is_for(own, server.host);
    return look;
}

} // namespace gatehouse::directory
