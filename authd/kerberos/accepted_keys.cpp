#include "kerberos/accepted_keys.hpp"

#include "kerberos/gss_words.hpp"
#include "kerberos/keytab.hpp"
#include "kerberos/private_profile.hpp"

#include <gssapi/gssapi_krb5.h>

#include <array>
#include <atomic>

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

Result<void> acquire_one(gss_OID mechanism, gss_key_value_set_desc& store, GssCredential& credential)
{
    gss_OID_set_desc mechanisms{1, mechanism};
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT,
                                                  &store, credential.inout(), nullptr, nullptr);
    if (major != GSS_S_COMPLETE)
        return unavailable("GSSAPI takes no credentials from the keytabs: " + words_of(major, minor, mechanism));
    return {};
}
} // namespace

Result<std::shared_ptr<const AcceptedKeys>> AcceptedKeys::read(const std::vector<std::string>& keytabs,
                                                               const std::string& replay_cache)
{
    auto context = make_context();
    if (!context)
        return std::unexpected(std::move(context.error()));
    const std::shared_ptr<AcceptedKeys> keys(new AcceptedKeys(std::move(*context)));
    const std::string name = "MEMORY:gatehouse-" + std::to_string(++key_sets);
    if (const krb5_error_code code = krb5_kt_resolve(keys->context_.get(), name.c_str(), keys->keys_.out()); code != 0)
        return unavailable("libkrb5 holds no keys in memory: " + words_of(keys->context_.get(), code));
    for (const std::string& file : keytabs)
        if (auto copied = keys->copy_from(file); !copied)
            return std::unexpected(std::move(copied.error()));
    if (auto acquired = keys->acquire(name, replay_cache); !acquired)
        return std::unexpected(std::move(acquired.error()));
    return keys;
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

Result<void> AcceptedKeys::acquire(const std::string& name, const std::string& replay_cache)
{
    const std::string cache = "file2:" + replay_cache;
    std::array<gss_key_value_element_desc, 2> elements{{{"keytab", name.c_str()}, {"rcache", cache.c_str()}}};
    gss_key_value_set_desc store{replay_cache.empty() ? 1U : 2U, elements.data()};
    if (auto acquired = acquire_one(kerberos_oid(), store, kerberos_); !acquired)
        return acquired;
    if (auto acquired = acquire_one(&spnego_oid, store, spnego_); !acquired)
        return acquired;
    gss_OID_set_desc inside{1, kerberos_oid()}; // Microsoft's own OID for Kerberos goes with it
    OM_uint32 minor = 0;
    if (const OM_uint32 major = gss_set_neg_mechs(&minor, spnego_.get(), &inside); major != GSS_S_COMPLETE)
        return unavailable("SPNEGO cannot be limited to Kerberos: " + words_of(major, minor, &spnego_oid));
    return {};
}

} // namespace gatehouse::kerberos
