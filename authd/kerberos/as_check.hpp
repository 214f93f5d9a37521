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
    std::string realm;          ///< of the configuration
    std::string kerberos_realm; ///< upper case
    std::vector<std::string> kdcs; ///< host or host:port; empty: DNS SRV
    std::string keytab;         ///< a file with a key of ours, by which a KDC's reply is proved
    std::chrono::milliseconds timeout{5000};
    std::size_t at_once = 8;    ///< requests under way: a hung KDC must not take the whole pool

    bool operator==(const AsSettings&) const = default;
};

/// Verifies passwords by a Kerberos AS exchange (RFC 4120 section 3.1) and proves the KDC by a ticket for a principal of
/// the keytab (ap_req_nofail). A domain controller refuses the previous password here at once, which a bind accepts for
/// an hour. `network` outlives it. Error: `invalid` without a readable keytab that has a key: an unproved KDC could let
/// anybody in.
Result<std::shared_ptr<PasswordCheck>> make_as_check(AsSettings settings, BlockingPool& network);

} // namespace gatehouse::kerberos
