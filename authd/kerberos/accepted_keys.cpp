#include "kerberos/accepted_keys.hpp"

#include "kerberos/gss_words.hpp"
#include "kerberos/keytab.hpp"
#include "kerberos/private_profile.hpp"

#include <gssapi/gssapi_krb5.h>

#include <array>
#include <atomic>
#include <mutex>

namespace gatehouse::kerberos
{

namespace
{
std::atomic<unsigned> key_sets{0};

gss_OID kerberos_oid()
{
    return const_cast<gss_OID>(gss_mech_krb5);
}

// 1.3.6.1.5.5.2, RFC 4178 section 3
gss_OID_desc spnego_oid{6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};

/// `store`: null for what the process has by default.
Result<void> acquire_one(gss_OID mechanism, const gss_key_value_set_desc* store, GssCredential& credential)
{
    gss_OID_set_desc mechanisms{1, mechanism};
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT,
                                                  store, credential.inout(), nullptr, nullptr);
    if (major != GSS_S_COMPLETE)
        return unavailable("GSSAPI takes no credentials: " + words_of(major, minor, mechanism));
    return {};
}

/// Microsoft's own OID for Kerberos goes with Kerberos.
Result<void> limit_negotiation(const GssCredential& credential, gss_OID_set_desc inside)
{
    OM_uint32 minor = 0;
    if (const OM_uint32 major = gss_set_neg_mechs(&minor, credential.get(), &inside); major != GSS_S_COMPLETE)
        return unavailable("SPNEGO cannot be limited to what is offered: " + words_of(major, minor, &spnego_oid));
    return {};
}

/// No credential store has keys for Kerberos and nothing for NTLM, which then wants a user. So the keys are the
/// library's default while these are acquired.
Result<void> acquire_with_default_keys(const std::string& keytab, GssCredential& credential)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    krb5_gss_register_acceptor_identity(keytab.c_str());
    auto acquired = acquire_one(&spnego_oid, nullptr, credential);
    krb5_gss_register_acceptor_identity(nullptr);
    return acquired;
}
} // namespace

gss_OID_desc ntlm_oid{10, const_cast<char*>("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")};

Result<std::shared_ptr<const AcceptedKeys>> AcceptedKeys::read(const GssSettings& settings)
{
    auto context = make_context();
    if (!context)
        return std::unexpected(std::move(context.error()));
    const std::shared_ptr<AcceptedKeys> keys(new AcceptedKeys(std::move(*context)));
    const std::string name = "MEMORY:gatehouse-" + std::to_string(++key_sets);
    if (const krb5_error_code code = krb5_kt_resolve(keys->context_.get(), name.c_str(), keys->keys_.out()); code != 0)
        return unavailable("libkrb5 holds no keys in memory: " + words_of(keys->context_.get(), code));
    for (const std::string& file : settings.keytabs)
        if (auto copied = keys->copy_from(file); !copied)
            return std::unexpected(std::move(copied.error()));
    const bool with_keys = !settings.keytabs.empty();
    if (auto acquired = with_keys ? keys->acquire_kerberos(name, settings.replay_cache) : Result<void>(); !acquired)
        return std::unexpected(std::move(acquired.error()));
    if (auto acquired = settings.ntlm ? keys->acquire_ntlm(name, with_keys) : Result<void>(); !acquired)
        return std::unexpected(std::move(acquired.error()));
    return keys;
}

gss_cred_id_t AcceptedKeys::credential(GssOffer offer) const
{
    switch (offer) {
    case GssOffer::kerberos: return kerberos_.get();
    case GssOffer::spnego: return spnego_.get();
    case GssOffer::spnego_with_ntlm: return spnego_with_ntlm_.get();
    case GssOffer::ntlm: return ntlm_.get();
    }
    return GSS_C_NO_CREDENTIAL;
}

Result<void> AcceptedKeys::copy_from(const std::string& file)
{
    krb5_context const context = context_.get();
    Keytab keytab(context);
    if (auto opened = open_keytab(context, file, keytab); !opened)
        return opened;
    krb5_error_code failure = 0;
    const auto copied = for_each_entry(context, file, keytab.get(), [&](krb5_keytab_entry& entry) {
        if (failure == 0)
            failure = krb5_kt_add_entry(context, keys_.get(), &entry);
    });
    if (copied && failure != 0)
        return unavailable(file + ": its keys cannot be held in memory: " + words_of(context, failure));
    return copied;
}

Result<void> AcceptedKeys::acquire_kerberos(const std::string& name, const std::string& replay_cache)
{
    const std::string cache = "file2:" + replay_cache;
    std::array<gss_key_value_element_desc, 2> elements{{{"keytab", name.c_str()}, {"rcache", cache.c_str()}}};
    const gss_key_value_set_desc store{replay_cache.empty() ? 1U : 2U, elements.data()};
    if (auto acquired = acquire_one(kerberos_oid(), &store, kerberos_); !acquired)
        return acquired;
    if (auto acquired = acquire_one(&spnego_oid, &store, spnego_); !acquired)
        return acquired;
    return limit_negotiation(spnego_, {1, kerberos_oid()});
}

Result<void> AcceptedKeys::acquire_ntlm(const std::string& name, bool with_keys)
{
    if (auto acquired = acquire_one(&ntlm_oid, nullptr, ntlm_); !acquired)
        return unavailable("NTLM is not there: install gss-ntlmssp (" + acquired.error().text + ")");
    if (!with_keys)
        return {};
    if (auto acquired = acquire_with_default_keys(name, spnego_with_ntlm_); !acquired)
        return acquired;
    std::array<gss_OID_desc, 2> inside{*kerberos_oid(), ntlm_oid};
    return limit_negotiation(spnego_with_ntlm_, {inside.size(), inside.data()});
}

} // namespace gatehouse::kerberos
