#pragma once

#include "base/result.hpp"
#include "identity/gss.hpp"
#include "kerberos/gss_acceptor.hpp"
#include "kerberos/gss_handles.hpp"
#include "kerberos/krb5_handles.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

extern gss_OID_desc ntlm_oid; ///< 1.3.6.1.4.1.311.2.2.10, MS-SPNG section 1.9; not written to

/// The keys of some keytabs, copied into memory, and the credentials by which contexts are accepted with any of them.
/// Immutable once made; the credentials may be used by several threads at once.
class AcceptedKeys
{
public:
    /// Error: `invalid`, with the file's name and the cure, for a keytab that cannot be used, or where NTLM is not
    /// installed.
    static Result<std::shared_ptr<const AcceptedKeys>> read(const GssSettings& settings);

    gss_cred_id_t credential(GssOffer offer) const;

private:
    explicit AcceptedKeys(Krb5Context context) : context_(std::move(context)), keys_(context_.get()) {}
    Result<void> copy_from(const std::string& file);
    Result<void> acquire_kerberos(const std::string& name, const std::string& replay_cache);
    Result<void> acquire_ntlm(const std::string& name, bool with_keys);

    Krb5Context context_;
    Keytab keys_;            // in memory: ends with its last handle
    GssCredential kerberos_; // none of these: what it needs is not configured
    GssCredential spnego_;
    GssCredential ntlm_;
    GssCredential spnego_with_ntlm_;
};

} // namespace gatehouse::kerberos
