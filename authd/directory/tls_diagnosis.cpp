#include "directory/tls_diagnosis.hpp"

#include "base/text.hpp"

#include <openssl/x509_vfy.h>

#include <array>
#include <ctime>

namespace gatehouse::directory
{

namespace
{
std::string day_of(WallTime time)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    tm parts{};
    std::array<char, 32> text{};
    if (::gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts) == 0)
        return "an unreadable date";
    return text.data();
}

std::string describe_certificate(const TlsLook& look, const SuspectServer& server)
{
    const CertificateFacts& own = look.sent.front();
    const CertificateFacts& faulty = look.faulty;
    const std::string issuer = '"' + own.issuer + '"';
    const std::string whose = faulty == own ? "certificate" : "certificate of the issuer \"" + faulty.subject + '"';
    const std::string ca = server.tls.ca_file.empty() ? "the system's certificates" : server.tls.ca_file;
    switch (look.verified) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return whose + " expired on " + day_of(faulty.not_after) + "; issued by \"" + faulty.issuer + '"';
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return whose + " is valid only from " + day_of(faulty.not_before) + "; issued by \"" + faulty.issuer +
               "\"; is the clock here right?";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "certificate is self-signed (" + issuer + ") and not in " + ca;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "certificate has an unknown issuer, \"" + faulty.issuer + "\" (expected one of " + ca + ')';
    case X509_V_OK: break;
    default:
        return whose + " is refused: " + X509_verify_cert_error_string(look.verified) + "; issued by \"" +
               faulty.issuer + '"';
    }
    if (!look.fits_host)
        return "certificate is for " + text::join(own.names, ", ") + " (expected " + server.host + "); issued by " +
               issuer;
    if (text::equal_ignoring_case(server.host, "localhost"))
        return "libldap compares the certificate with this machine's own name when the server is called localhost: "
               "write 127.0.0.1 or the server's real name";
    return {};
}
} // namespace

std::string describe_tls(const TlsLook& look, const SuspectServer& server)
{
    switch (look.end) {
    case TlsLook::End::unreachable:
    case TlsLook::End::late: return {};
    case TlsLook::End::bad_ca_file: return server.tls.ca_file + ": no certificates can be read from it (expected PEM)";
    case TlsLook::End::starttls_refused: return "the server does not answer StartTLS with success";
    case TlsLook::End::no_tls:
        return "the server does not speak TLS 1.2 or later on port " + std::to_string(server.port);
    case TlsLook::End::seen: break;
    }
    return describe_certificate(look, server);
}

std::string diagnose_tls(const SuspectServer& server, Deadline deadline)
{
    return describe_tls(look_at_tls(server, deadline), server);
}

} // namespace gatehouse::directory
