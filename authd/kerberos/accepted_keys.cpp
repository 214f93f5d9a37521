#include "kerberos/accepted_keys.hpp"

#include "kerberos/gss_words.hpp"
#include "kerberos/keytab.hpp"
#include "kerberos/private_profile.hpp"

#include <gssapi/gssapi_krb5.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

namespace gatehouse::kerberos
{

namespace
{
/// The name of a new keytab in memory.
std::string new_keytab()
{
    static std::atomic<unsigned> made{0};
    return "MEMORY:gatehouse-" + std::to_string(++made);
}

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

Result<void> acquire_kerberos(const std::string& keytab, GssCredential& kerberos, GssCredential& spnego)
{
    gss_key_value_element_desc keys{"keytab", keytab.c_str()};
    const gss_key_value_set_desc store{1, &keys};
    if (auto acquired = acquire_one(kerberos_oid(), &store, kerberos); !acquired)
        return acquired;
    if (auto acquired = acquire_one(&spnego_oid, &store, spnego); !acquired)
        return acquired;
    return limit_negotiation(spnego, {1, kerberos_oid()});
}

Result<void> acquire_ntlm(GssCredential& ntlm)
{
    if (auto acquired = acquire_one(&ntlm_oid, nullptr, ntlm); !acquired)
        return unavailable("NTLM is not there: install gss-ntlmssp (" + acquired.error().text + ")");
    return {};
}

Result<void> acquire_spnego_with_ntlm(const std::string& keytab, GssCredential& spnego)
{
    if (auto acquired = acquire_with_default_keys(keytab, spnego); !acquired)
        return acquired;
    std::array<gss_OID_desc, 2> inside{*kerberos_oid(), ntlm_oid};
    return limit_negotiation(spnego, {inside.size(), inside.data()});
}

Result<void> resolve(krb5_context context, const std::string& name, Keytab& keytab)
{
    if (const krb5_error_code code = krb5_kt_resolve(context, name.c_str(), keytab.out()); code != 0)
        return unavailable("libkrb5 holds no keys in memory: " + words_of(context, code));
    return {};
}

/// `name`: what `from` is called.
Result<void> add_all(krb5_context context, const std::string& name, const Keytab& from, const Keytab& to)
{
    krb5_error_code failure = 0;
    auto copied = for_each_entry(context, name, from.get(), [&](krb5_keytab_entry& entry) {
        if (failure == 0)
            failure = krb5_kt_add_entry(context, to.get(), &entry);
    });
    if (copied && failure != 0)
        return unavailable(name + ": its keys cannot be held in memory: " + words_of(context, failure));
    return copied;
}
} // namespace

gss_OID_desc ntlm_oid{10, const_cast<char*>("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")};

Result<std::shared_ptr<const AcceptedKeys>> AcceptedKeys::read(const GssSettings& settings)
{
    auto context = make_context();
    if (!context)
        return std::unexpected(std::move(context.error()));
    const std::shared_ptr<AcceptedKeys> keys(new AcceptedKeys(std::move(*context), settings.accepted));
    const std::string name = new_keytab();
    if (auto resolved = resolve(keys->context_.get(), name, keys->keys_); !resolved)
        return std::unexpected(std::move(resolved.error()));
    if (auto copied = keys->copy_from(settings.keytabs); !copied)
        return std::unexpected(std::move(copied.error()));
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
        auto set = acquire(settings, name);
        if (!set)
            return std::unexpected(std::move(set.error()));
        keys->sets_.push_back(std::move(*set));
    }
    return keys;
}

gss_cred_id_t AcceptedKeys::credential(GssOffer offer) const
{
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t here = threads++;
    const Set& set = sets_[here % sets_.size()];
    switch (offer) {
    case GssOffer::kerberos: return set.kerberos.get();
    case GssOffer::spnego: return set.spnego.get();
    case GssOffer::spnego_with_ntlm: return set.spnego_with_ntlm.get();
    case GssOffer::ntlm: return set.ntlm.get();
    }
    return GSS_C_NO_CREDENTIAL;
}

/// The library tries the keys on a ticket in the keytab's order, and one in memory begins with what was added last. So
/// the keys are copied twice: their order is that of the files, where an administrator puts what is used most first.
Result<void> AcceptedKeys::copy_from(const std::vector<std::string>& files)
{
    krb5_context const context = context_.get();
    const std::string backwards = new_keytab();
    Keytab turned(context);
    if (auto resolved = resolve(context, backwards, turned); !resolved)
        return resolved;
    for (const std::string& file : files) {
        Keytab keytab(context);
        if (auto opened = open_keytab(context, file, keytab); !opened)
            return opened;
        if (auto copied = add_all(context, file, keytab, turned); !copied)
            return copied;
    }
    return add_all(context, backwards, turned, keys_);
}

Result<AcceptedKeys::Set> AcceptedKeys::acquire(const GssSettings& settings, const std::string& keytab)
{
    Set set;
    const bool with_keys = !settings.keytabs.empty();
    Result<void> acquired;
    if (with_keys)
        acquired = acquire_kerberos(keytab, set.kerberos, set.spnego);
    if (acquired && settings.ntlm)
        acquired = acquire_ntlm(set.ntlm);
    if (acquired && settings.ntlm && with_keys)
        acquired = acquire_spnego_with_ntlm(keytab, set.spnego_with_ntlm);
    if (!acquired)
        return std::unexpected(std::move(acquired.error()));
    return set;
}

} // namespace gatehouse::kerberos
