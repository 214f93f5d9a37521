#pragma once

#include "base/result.hpp"
#include "identity/gss.hpp"
#include "kerberos/replay_cache.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

struct GssSettings {
    std::vector<std::string> keytabs;        ///< files; a ticket for any principal in any of them is opened
    std::shared_ptr<ReplayCache> accepted{}; ///< never null where there is a keytab
    bool ntlm = false; ///< NTLM is taken, too, raw and inside of SPNEGO: by gss-ntlmssp and winbind

    bool operator==(const GssSettings&) const = default;
};

/// Accepts security contexts with the keys of the keytabs. A keytab that has changed is read anew at the next login, at
/// most once a second; when it cannot be read then, the keys known before go on and a warning says why. Error:
/// `invalid` when a keytab cannot be used at all, or the mechanism NTLM is not installed. Thread-safe.
Result<std::shared_ptr<GssAcceptor>> make_gss_acceptor(GssSettings settings);

/// Makes libgssapi read no configuration of the machine, as the rest of this folder does not, and keep no replay cache
/// of its own. Before any other thread.
void isolate_gssapi();

} // namespace gatehouse::kerberos
