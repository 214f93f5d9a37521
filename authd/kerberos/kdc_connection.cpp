#include "kerberos/kdc_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace gatehouse::kerberos
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace
{
constexpr std::uint32_t max_reply = 1024 * 1024; // the largest ticket of a domain controller has 64 KiB

/// Closes the socket when a deadline passes, so that what waits on it ends.
class Closing
{
public:
    Closing(asio::io_context& io, tcp::socket& socket, Deadline deadline) : alarm_(DeadlineWheel::of(io))
    {
        alarm_.arm(deadline, [this, &socket] {
            late_ = true;
            error_code ignored;
            socket.close(ignored);
        });
    }
    bool late() const { return late_; }

private:
    DeadlineWheel::Alarm alarm_;
    bool late_ = false;
};
} // namespace

Awaitable<Result<void>> KdcConnection::connect(const Kdc& kdc, Deadline deadline)
{
    const Closing closing(io_, socket_, deadline);
    const auto [error] = co_await socket_.async_connect(kdc.endpoint, as_result);
    const std::string where = kdc.endpoint.address().to_string() + " port " + std::to_string(kdc.endpoint.port());
    if (closing.late())
        co_return past_deadline("no connection to " + where + " in time");
    if (error)
        co_return unavailable(where + ": " + error.message());
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    co_return Result<void>{};
}

Awaitable<Result<std::vector<std::uint8_t>>> KdcConnection::exchange(std::span<const std::uint8_t> request,
                                                                     Deadline deadline)
{
    const Closing closing(io_, socket_, deadline);
    auto reply = co_await send_and_receive(request);
    if (closing.late())
        co_return past_deadline("no answer in time");
    co_return reply;
}

Awaitable<Result<std::vector<std::uint8_t>>> KdcConnection::send_and_receive(std::span<const std::uint8_t> request)
{
    const auto size = static_cast<std::uint32_t>(request.size());
    std::array<std::uint8_t, 4> length{static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
                                       static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    const std::array<asio::const_buffer, 2> message{asio::buffer(length), asio::buffer(request.data(), request.size())};
    if (const auto [error, sent] = co_await asio::async_write(socket_, message, as_result); error)
        co_return unavailable("the connection broke: " + error.message());
    if (const auto [error, read] = co_await asio::async_read(socket_, asio::buffer(length), as_result); error)
        co_return unavailable("the connection broke before the answer: " + error.message());
    const std::uint32_t coming = static_cast<std::uint32_t>(length[0]) << 24 |
                                 static_cast<std::uint32_t>(length[1]) << 16 |
                                 static_cast<std::uint32_t>(length[2]) << 8 | length[3];
    if (coming == 0 || coming > max_reply)
        co_return unavailable("what answers there is no KDC (a reply of " + std::to_string(coming) + " bytes)");
    std::vector<std::uint8_t> reply(coming);
    if (const auto [error, read] = co_await asio::async_read(socket_, asio::buffer(reply), as_result); error)
        co_return unavailable("the connection broke in the answer: " + error.message());
    co_return reply;
}

} // namespace gatehouse::kerberos
