// What each server shows in its TLS handshake: would it be taken, and for how long?
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "directory/tls_diagnosis.hpp"

#include <openssl/x509_vfy.h>

#include <algorithm>

namespace gatehouse::doctor
{

using directory::CertificateFacts;
using directory::TlsLook;

namespace
{
constexpr std::chrono::days soon{30};

Cure add_issuer(const CertificateFacts& faulty, const std::string& ca)
{
    const std::string issuer = '"' + faulty.issuer + '"';
    Cure cure{"let the server send the certificate of " + issuer +
              " after its own, or add that certificate as PEM to " + ca};
    if (!faulty.issuer_at.empty())
        cure.push_back("its own certificate says where to get it: " + faulty.issuer_at);
    return cure;
}

Cure cure_of(const TlsLook& look, const Server& server, const directory::TlsSettings& tls)
{
    const std::string ca = tls.ca_file.empty() ? "a file named in directory.tls.ca_file" : tls.ca_file;
    switch (look.end) {
    case TlsLook::End::bad_ca_file: return {"write the authority's certificate as PEM into " + ca};
    case TlsLook::End::starttls_refused:
    case TlsLook::End::no_tls:
        return {"give the server a certificate, or check directory.tls.mode and the port " +
                std::to_string(server.place.port)};
    default: break;
    }
    switch (look.verified) {
    case X509_V_OK:
        return {"use the name in the certificate in directory.servers or DNS, or have a certificate made with "
                "subjectAltName DNS:" +
                server.place.host};
    case X509_V_ERR_CERT_HAS_EXPIRED:
        if (look.faulty == look.sent.front())
            return {"renew the server's certificate"};
        return {"renew the certificate of the authority \"" + look.faulty.subject +
                "\", have the server's certificate signed anew, and put the new authority into " + ca};
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return {"set the clock of this machine, or of the one that made the certificate"};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return add_issuer(look.faulty, ca);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return {"have the server's certificate signed by your authority, or add it as PEM to " + ca};
    default: return {"have another certificate made for the server"};
    }
}

void judge_end(const TlsLook& look, const Server& server, Report& report)
{
    const auto now = std::chrono::system_clock::now();
    const auto first = std::ranges::min_element(look.chain, {}, &CertificateFacts::not_after);
    if (first == look.chain.end())
        return;
    const auto days = std::chrono::floor<std::chrono::days>(first->not_after - now).count();
    const std::string when = "in " + std::to_string(days) + (days == 1 ? " day" : " days");
    if (first->not_after - now < soon)
        report.warn(server.name, "the certificate of \"" + first->subject + "\" expires " + when,
                    {"renew it before: no login goes through after that"});
    else
        report.ok(server.name, "valid, and expires " + when);
}
} // namespace

void check_certificates(Examination& examination, Report& report)
{
    const directory::TlsSettings& tls = examination.ldap().tls;
    if (tls.mode == directory::TlsMode::clear_text) {
        report.warn({}, "directory.tls.mode is clear-text: passwords cross the network for everybody to read",
                    {"set directory.tls.mode to ldaps or starttls"});
        return;
    }
    if (!tls.verify)
        report.warn({}, "directory.tls.verify is false: anybody on the network can pose as the directory",
                    {"set directory.tls.ca_file, and take verify: false out"});
    bool any = false;
    for (const Server& server : examination.servers()) {
        if (!server.tls)
            continue;
        any = true;
        const directory::SuspectServer suspect{server.place.host, server.place.port, {}, tls};
        const std::string why = directory::describe_tls(*server.tls, suspect);
        if (!why.empty() && tls.verify)
            report.fault(server.name, why, cure_of(*server.tls, server, tls));
        else if (!server.session && server.session.error().kind == ErrorKind::invalid)
            report.fault(server.name, server.session.error().text,
                         {"look at it with openssl s_client -connect " + server.place.host + ':' +
                          std::to_string(server.place.port) + " -showcerts"});
        else if (server.tls->end == TlsLook::End::seen && why.empty())
            judge_end(*server.tls, server, report);
    }
    if (!any)
        report.skip("no server is reached: see servers");
}

} // namespace gatehouse::doctor
