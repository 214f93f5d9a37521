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
/// Immutable once made. The library locks a credential while it accepts, so that there are as many of each as
/// cores, among which threads are dealt out.
class AcceptedKeys
{
public:
    /// Error: `invalid`, with the file's name and the cure, for a keytab that cannot be used, or where NTLM is not
    /// installed.
    static Result<std::shared_ptr<const AcceptedKeys>> read(const GssSettings& settings);

    /// For this thread to use now; another thread may get another one. GSS_C_NO_CREDENTIAL: not configured.
    gss_cred_id_t credential(GssOffer offer) const;
    /// What was accepted with keys of this process. Only to be asked where there is a keytab.
    ReplayCache& accepted() const { return *accepted_; }

private:
    AcceptedKeys(Krb5Context context, std::shared_ptr<ReplayCache> accepted)
        : accepted_(std::move(accepted)), context_(std::move(context)), keys_(context_.get())
    {
    }

    struct Set { // none: what it needs is not configured
        GssCredential kerberos;
        GssCredential spnego;
        GssCredential ntlm;
        GssCredential spnego_with_ntlm;
    };

    Result<void> copy_from(const std::vector<std::string>& files);
    static Result<Set> acquire(const GssSettings& settings, const std::string& keytab);

    const std::shared_ptr<ReplayCache> accepted_;
    Krb5Context context_;
    Keytab keys_; // in memory: ends with its last handle
    std::vector<Set> sets_;
};

} // namespace gatehouse::kerberos
