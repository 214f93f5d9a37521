#pragma once

#include "base/result.hpp"
#include "kerberos/gss_handles.hpp"
#include "kerberos/krb5_handles.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

/// The keys of some keytabs, copied into memory, and the credentials by which contexts are accepted with any of them.
/// Immutable once made; `kerberos()` and `spnego()` may be used by several threads at once.
class AcceptedKeys
{
public:
    /// `replay_cache`: a file that remembers which authenticators were seen, also over a restart; empty: libkrb5's
    /// default. Error: `invalid`, with the file's name and the cure, for a keytab that cannot be used.
    static Result<std::shared_ptr<const AcceptedKeys>> read(const std::vector<std::string>& keytabs,
                                                            const std::string& replay_cache);

    gss_cred_id_t kerberos() const { return kerberos_.get(); }
    gss_cred_id_t spnego() const { return spnego_.get(); }

private:
    explicit AcceptedKeys(Krb5Context context) : context_(std::move(context)), keys_(context_.get()) {}
    Result<void> copy_from(const std::string& file);
    Result<void> acquire(const std::string& name, const std::string& replay_cache);

    Krb5Context context_;
    Keytab keys_; // in memory: ends with its last handle
    GssCredential kerberos_;
    GssCredential spnego_;
};

} // namespace gatehouse::kerberos
