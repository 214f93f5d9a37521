#include "kerberos/context_mark.hpp"

#include "kerberos/gss_words.hpp"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace gatehouse::kerberos
{

namespace
{
// 1.2.840.113554.1.2.2.5.6, version 1. gss_krb5_export_lucid_sec_context asks for the same, and ends the context.
gss_OID_desc lucid_oid{12, const_cast<char*>("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x05\x06\x01")};

struct LucidEnd {
    void operator()(gss_krb5_lucid_context_v1_t* lucid) const
    {
        OM_uint32 minor = 0;
        gss_krb5_free_lucid_sec_context(&minor, lucid); // wipes the keys
    }
};
using Lucid = std::unique_ptr<gss_krb5_lucid_context_v1_t, LucidEnd>;

struct DigestEnd {
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};

Result<Lucid> lucid_of(gss_ctx_id_t context)
{
    OM_uint32 minor = 0;
    gss_buffer_set_t told = GSS_C_NO_BUFFER_SET;
    const OM_uint32 major = gss_inquire_sec_context_by_oid(&minor, context, &lucid_oid, &told);
    if (major != GSS_S_COMPLETE)
        return unavailable("GSSAPI does not tell a context's keys: " + words_of(major, minor, GSS_C_NO_OID));
    gss_krb5_lucid_context_v1_t* lucid = nullptr;
    if (told->count == 1 && told->elements[0].length == sizeof lucid)
        std::memcpy(&lucid, told->elements[0].value, sizeof lucid);
    gss_release_buffer_set(&minor, &told);
    if (lucid == nullptr || lucid->version != 1)
        return unavailable("GSSAPI tells a context's keys in an unknown form");
    return Lucid(lucid);
}
} // namespace

Result<ReplayCache::Mark> mark_of(gss_ctx_id_t context)
{
    const auto lucid = lucid_of(context);
    if (!lucid)
        return std::unexpected(lucid.error());
    const auto& told = **lucid;
    const gss_krb5_lucid_key_t& key = told.protocol == 0 ? told.rfc1964_kd.ctx_key : told.cfx_kd.ctx_key;
    const std::unique_ptr<EVP_MD_CTX, DigestEnd> digest(EVP_MD_CTX_new());
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> out{};
    if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1 ||
        EVP_DigestUpdate(digest.get(), &told.recv_seq, sizeof told.recv_seq) != 1 ||
        EVP_DigestUpdate(digest.get(), key.data, key.length) != 1 ||
        EVP_DigestFinal_ex(digest.get(), out.data(), nullptr) != 1)
        return unavailable("OpenSSL makes no digest");
    ReplayCache::Mark mark{};
    std::copy_n(out.begin(), mark.size(), mark.begin());
    return mark;
}

} // namespace gatehouse::kerberos
