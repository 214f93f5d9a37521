#pragma once

#include "base/blocking_pool.hpp"
#include "base/result.hpp"
#include "identity/directory.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

struct AsSettings {
    std::string realm;                       ///< of the configuration
    std::string kerberos_realm;              ///< upper case
    std::vector<std::string> kdcs;           ///< host, host:port or [address]:port, the preferred first; empty: DNS SRV
    std::string keytab;                      ///< a file with a key of ours, by which a KDC's reply is proved
    std::chrono::milliseconds timeout{5000}; ///< for one login, also where its own deadline is later
    std::size_t at_once = 8;                 ///< logins that may ask KDCs at the same time; more wait in turn

    bool operator==(const AsSettings&) const = default;
};

/// A PasswordCheck that KDCs answer. Thread-safe: called from every worker; a coroutine stays on its caller's
/// io_context, which one thread runs.
class KerberosCheck : public PasswordCheck
{
public:
    virtual std::vector<ServerHealth> health() const = 0;
};

/// Verifies passwords by a Kerberos AS exchange (RFC 4120 section 3.1) and proves the KDC by a ticket for a principal
/// of the keytab, which is read anew at each login. A domain controller refuses the previous password here at once,
/// which a bind accepts for an hour. README.md has the table from a KDC's answer to a Reason.
///
/// `check_password` answers without a person: what Kerberos knows of one is a name, and the mailbox is the directory's
/// to say. Where the person is known, `check_password_of` is the better question: it asks for that principal only.
///
/// No thread waits for a KDC. `network` computes (some milliseconds a login) and looks up names; it outlives what is
/// returned. Error: `invalid` without a keytab that has a key of the realm and that only we can read: an unproved KDC
/// could let anybody in.
Result<std::shared_ptr<KerberosCheck>> make_as_check(AsSettings settings, BlockingPool& network);

} // namespace gatehouse::kerberos
