#pragma once

#include "base/result.hpp"
#include "identity/gss.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

struct GssSettings {
    std::vector<std::string> keytabs; ///< files; a ticket for any principal in any of them is opened
    std::string replay_cache;         ///< a file; empty: libkrb5's default

    bool operator==(const GssSettings&) const = default;
};

/// Accepts security contexts with the keys of the keytabs. A keytab that has changed is read anew at the next login, at
/// most once a second; when it cannot be read then, the keys known before go on and a warning says why. Error:
/// `invalid` when a keytab cannot be used at all. Thread-safe.
Result<std::shared_ptr<GssAcceptor>> make_gss_acceptor(GssSettings settings);

/// Makes libgssapi read no configuration of the machine, as the rest of this folder does not. Before any other thread.
void isolate_gssapi();

} // namespace gatehouse::kerberos
