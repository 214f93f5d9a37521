#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "kerberos/kdc_lookup.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace gatehouse::kerberos
{

/// A TCP connection to a KDC for one request and its reply, each after its length in 32 bits (RFC 4120 section 7.2.2).
/// Limit: a reply of 1 MiB. On the io_context's thread.
class KdcConnection
{
public:
    explicit KdcConnection(boost::asio::io_context& io) : io_(io), socket_(io) {}

    /// Error: `unavailable`, `deadline`.
    Awaitable<Result<void>> connect(const Kdc& kdc, Deadline deadline);
    /// Error: `unavailable` when the connection broke, `deadline` when the KDC was silent. Either way it may have acted
    /// on the request.
    Awaitable<Result<std::vector<std::uint8_t>>> exchange(std::span<const std::uint8_t> request, Deadline deadline);

private:
    Awaitable<Result<std::vector<std::uint8_t>>> send_and_receive(std::span<const std::uint8_t> request);

    boost::asio::io_context& io_;
    boost::asio::ip::tcp::socket socket_;
};

} // namespace gatehouse::kerberos
