#include "edge/tls.hpp"

#include "edge/stream.hpp"
#include "edge/ticket_keys.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>
#include <ctime>

namespace gatehouse::edge
{

namespace
{

void set_common(SSL_CTX& context)
{
    ::SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
    ::SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // RELEASE_BUFFERS: an idle connection holds none.
    ::SSL_CTX_set_mode(&context,
                       SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
}

/// OpenSSL's first reason is the cause, such as a file that is not there; the last says only who gave up.
std::unexpected<Error> bad_file(const std::string& file, const std::string& what)
{
    const unsigned long first = ::ERR_peek_error();
    const std::string why = ERR_SYSTEM_ERROR(first) ? std::strerror(ERR_GET_REASON(first)) : tls_error();
    ::ERR_clear_error();
    return invalid(file + ": " + what + " (" + why + ")");
}

Result<void> ask_for_certificates(SSL_CTX& context, const std::string& ca_file)
{
    STACK_OF(X509_NAME)* const names = ::SSL_load_client_CA_file(ca_file.c_str());
    if (names == nullptr || ::SSL_CTX_load_verify_file(&context, ca_file.c_str()) != 1)
        return bad_file(ca_file, "expected certificates of authorities");
    ::SSL_CTX_set_client_CA_list(&context, names);
    ::SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
    constexpr std::array<unsigned char, 9> id{'g', 'a', 't', 'e', 'h', 'o', 'u', 's', 'e'};
    ::SSL_CTX_set_session_id_context(&context, id.data(), id.size());
    return {};
}

Result<SslContext> context_of(const Certificate& certificate, const TlsSettings& settings, TicketKeys& tickets)
{
    SslContext context(::SSL_CTX_new(::TLS_server_method()));
    if (!context)
        return invalid("OpenSSL: " + tls_error());
    set_common(*context);
    ::SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    if (!settings.tls12)
        ::SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    if (::SSL_CTX_use_certificate_chain_file(context.get(), certificate.chain.c_str()) != 1)
        return bad_file(certificate.chain, "expected a certificate and its chain in PEM");
    if (::SSL_CTX_use_PrivateKey_file(context.get(), certificate.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return bad_file(certificate.key, "expected the private key of " + certificate.chain + " in PEM");
    if (::X509_cmp_current_time(::X509_get0_notAfter(::SSL_CTX_get0_certificate(context.get()))) <= 0)
        return invalid(certificate.chain + ": the certificate is over");
    if (!settings.client_ca.empty())
        if (auto asked = ask_for_certificates(*context, settings.client_ca); !asked)
            return std::unexpected(asked.error());
    if (settings.session_tickets)
        tickets.serve(*context);
    else
        ::SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
    ::SSL_CTX_set_num_tickets(context.get(), settings.session_tickets ? 1 : 0);
    return context;
}

/// RFC 5929, section 4.1: the certificate's hash, by the hash of its signature, at least SHA-256.
std::optional<ChannelBinding> end_point_binding(SSL& ssl)
{
    X509* const certificate = ::SSL_get_certificate(&ssl);
    int hash = NID_undef;
    if (certificate == nullptr || ::X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1)
        return std::nullopt;
    const EVP_MD* digest =
        hash == NID_undef || hash == NID_md5 || hash == NID_sha1 ? ::EVP_sha256() : ::EVP_get_digestbynid(hash);
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned int size = 0;
    if (digest == nullptr || ::X509_digest(certificate, digest, bytes.data(), &size) != 1)
        return std::nullopt;
    return ChannelBinding{"tls-server-end-point", std::string(reinterpret_cast<const char*>(bytes.data()), size)};
}

/// RFC 9266. Before TLS 1.3 it binds only with the extended master secret.
std::optional<ChannelBinding> exporter_binding(SSL& ssl)
{
    if (::SSL_version(&ssl) < TLS1_3_VERSION && ::SSL_get_extms_support(&ssl) != 1)
        return std::nullopt;
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::array<unsigned char, 32> bytes;
    if (::SSL_export_keying_material(&ssl, bytes.data(), bytes.size(), label.data(), label.size(), nullptr, 0, 0) != 1)
        return std::nullopt;
    return ChannelBinding{"tls-exporter", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
}

std::string text_of(const ASN1_STRING* string)
{
    unsigned char* text = nullptr;
    const int size = ::ASN1_STRING_to_UTF8(&text, string);
    if (size < 0)
        return {};
    std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    ::OPENSSL_free(text);
    return out.contains('\0') ? std::string{} : out;
}

std::string principal_name(const GENERAL_NAME& name)
{
    constexpr std::string_view upn = "1.3.6.1.4.1.311.20.2.3";
    std::array<char, 64> id;
    const OTHERNAME& other = *name.d.otherName;
    const int size = ::OBJ_obj2txt(id.data(), id.size(), other.type_id, 1);
    if (size <= 0 || std::string_view(id.data()) != upn || other.value->type != V_ASN1_UTF8STRING)
        return {};
    return text_of(other.value->value.utf8string);
}

struct NamesEnd {
    void operator()(GENERAL_NAMES* names) const noexcept { ::GENERAL_NAMES_free(names); }
};

std::optional<ClientCertificate> client_certificate(SSL& ssl)
{
    if (!shows_certificate(ssl))
        return std::nullopt;
    X509* const certificate = ::SSL_get0_peer_certificate(&ssl);
    ClientCertificate told;
    const std::unique_ptr<GENERAL_NAMES, NamesEnd> names(
        static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME& name = *sk_GENERAL_NAME_value(names.get(), i);
        if (name.type == GEN_EMAIL)
            told.mails.push_back(text_of(name.d.rfc822Name));
        else if (name.type == GEN_OTHERNAME && told.name.empty())
            told.name = principal_name(name);
    }
    std::erase(told.mails, "");
    return told;
}

} // namespace

Result<std::shared_ptr<const ServerTls>> ServerTls::load(const TlsSettings& settings, TicketKeys& tickets)
{
    std::shared_ptr<ServerTls> tls(new ServerTls);
    tls->asks_for_certificates_ = !settings.client_ca.empty();
    for (const Certificate& certificate : settings.certificates) {
        auto context = context_of(certificate, settings, tickets);
        if (!context)
            return std::unexpected(context.error());
        tls->contexts_.push_back(std::move(*context));
    }
    ::SSL_CTX_set_tlsext_servername_callback(tls->contexts_.front().get(), &ServerTls::choose);
    ::SSL_CTX_set_tlsext_servername_arg(tls->contexts_.front().get(), tls.get());
    return tls;
}

std::vector<std::chrono::system_clock::time_point> ServerTls::ends() const
{
    std::vector<std::chrono::system_clock::time_point> ends;
    for (const SslContext& context : contexts_) {
        std::tm end{};
        ::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(context.get())), &end);
        ends.push_back(std::chrono::system_clock::from_time_t(::timegm(&end)));
    }
    return ends;
}

int ServerTls::choose(SSL* ssl, int* /*alert*/, void* self)
{
    const char* const name = ::SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr)
        return SSL_TLSEXT_ERR_OK;
    for (const SslContext& context : static_cast<const ServerTls*>(self)->contexts_)
        if (::X509_check_host(::SSL_CTX_get0_certificate(context.get()), name, 0, 0, nullptr) == 1) {
            ::SSL_set_SSL_CTX(ssl, context.get());
            break;
        }
    return SSL_TLSEXT_ERR_OK;
}

Result<SslContext> client_context(const std::string& ca_file)
{
    SslContext context(::SSL_CTX_new(::TLS_client_method()));
    if (!context)
        return invalid("OpenSSL: " + tls_error());
    set_common(*context);
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const int loaded = ca_file.empty() ? ::SSL_CTX_set_default_verify_paths(context.get())
                                       : ::SSL_CTX_load_verify_file(context.get(), ca_file.c_str());
    if (loaded != 1)
        return bad_file(ca_file, "expected certificates of authorities");
    return context;
}

bool shows_certificate(SSL& ssl)
{
    return ::SSL_get0_peer_certificate(&ssl) != nullptr && ::SSL_get_verify_result(&ssl) == X509_V_OK;
}

Channel channel_of(SSL& ssl)
{
    Channel channel;
    for (auto binding : {exporter_binding(ssl), end_point_binding(ssl)})
        if (binding)
            channel.bindings.push_back(std::move(*binding));
    channel.certificate = client_certificate(ssl);
    return channel;
}

} // namespace gatehouse::edge
