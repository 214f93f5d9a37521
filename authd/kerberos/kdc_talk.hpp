#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "identity/directory.hpp"
#include "kerberos/as_exchange.hpp"
#include "kerberos/kdc_set.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace gatehouse::kerberos
{

/// One login's conversation with the KDCs of a realm, a TCP connection for each request (RFC 4120 section 7.2.2). Stays
/// with the KDC that answered. Another one is asked
/// - when it cannot be reached, or says that it cannot serve;
/// - when it is silent for a second, but never with a request that it may have counted;
/// - once, when a connection broke with the answer to such a request due.
class KdcTalk
{
public:
    KdcTalk(std::shared_ptr<KdcSet> kdcs, Deadline deadline, Trail& trail)
        : kdcs_(std::move(kdcs)), deadline_(deadline), trail_(trail)
    {
    }

    /// Error: `unavailable`, `deadline`, `limit`; the text names the KDC.
    Awaitable<Result<std::vector<std::uint8_t>>> ask(const AsExchange::Ask& ask);

private:
    Awaitable<Result<void>> begin();
    void leave(const Kdc& kdc, const std::string& why);

    std::shared_ptr<KdcSet> kdcs_;
    Deadline deadline_;
    Trail& trail_;
    std::vector<Kdc> order_;
    std::size_t at_ = 0;
    bool asked_again_ = false;
};

} // namespace gatehouse::kerberos
