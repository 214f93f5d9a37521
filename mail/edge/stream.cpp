#include "edge/stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gatehouse::edge
{

namespace asio = boost::asio;

std::string tls_error()
{
    const unsigned long code = ::ERR_peek_last_error();
    ::ERR_clear_error();
    if (code == 0)
        return "the peer has closed the connection";
    const char* const reason = ::ERR_reason_error_string(code);
    return reason != nullptr ? reason : "error " + std::to_string(code);
}

Stream::Stream(asio::io_context& io, asio::ip::tcp protocol, Descriptor connected) : socket_(io)
{
    boost::system::error_code error;
    socket_.assign(protocol, connected.get(), error);
    if (!error)
        connected.release();
}

Stream::Moved Stream::judge(int result) noexcept
{
    switch (::SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: return {Outcome::wants_read};
    case SSL_ERROR_WANT_WRITE: return {Outcome::wants_write};
    case SSL_ERROR_ZERO_RETURN: return {Outcome::ended};
    default: return {Outcome::failed};
    }
}

Stream::Moved Stream::read(std::span<std::uint8_t> into) noexcept
{
    if (tls_) {
        ::ERR_clear_error();
        std::size_t count = 0;
        const int result = ::SSL_read_ex(tls_.get(), into.data(), into.size(), &count);
        return result == 1 ? Moved{Outcome::done, count} : judge(result);
    }
    const ssize_t count = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (count > 0)
        return {Outcome::done, static_cast<std::size_t>(count)};
    if (count == 0)
        return {Outcome::ended};
    return {errno == EAGAIN || errno == EINTR ? Outcome::wants_read : Outcome::failed};
}

Stream::Moved Stream::write(std::span<const std::uint8_t> from) noexcept
{
    if (from.empty())
        return {Outcome::done};
    if (tls_) {
        ::ERR_clear_error();
        std::size_t count = 0;
        const int result = ::SSL_write_ex(tls_.get(), from.data(), from.size(), &count);
        return result == 1 ? Moved{Outcome::done, count} : judge(result);
    }
    const ssize_t count = ::send(socket_.native_handle(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0)
        return {Outcome::done, static_cast<std::size_t>(count)};
    return {errno == EAGAIN || errno == EINTR ? Outcome::wants_write : Outcome::failed};
}

Awaitable<bool> Stream::wait_for(Outcome outcome)
{
    if (cancelled_)
        co_return false;
    const auto event = outcome == Outcome::wants_read ? Socket::wait_read : Socket::wait_write;
    const auto [error] = co_await socket_.async_wait(event, as_result);
    co_return !error && !cancelled_;
}

Awaitable<Result<std::size_t>> Stream::read_some(std::span<std::uint8_t> into)
{
    for (;;) {
        const Moved moved = read(into);
        if (moved.outcome == Outcome::done || moved.outcome == Outcome::ended)
            co_return moved.bytes;
        if (moved.outcome == Outcome::failed)
            co_return unavailable(tls_ ? tls_error() : std::strerror(errno));
        const bool ready = co_await wait_for(moved.outcome);
        if (!ready)
            co_return unavailable("ended while it was waited for");
    }
}

Awaitable<Result<void>> Stream::write_all(std::string_view bytes)
{
    std::span<const std::uint8_t> left(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    while (!left.empty()) {
        const Moved moved = write(left);
        if (moved.outcome == Outcome::done) {
            left = left.subspan(moved.bytes);
            continue;
        }
        if (moved.outcome == Outcome::failed || moved.outcome == Outcome::ended)
            co_return unavailable(tls_ ? tls_error() : std::strerror(errno));
        const bool ready = co_await wait_for(moved.outcome);
        if (!ready)
            co_return unavailable("ended while it was waited for");
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> Stream::accept_tls(SSL_CTX& context)
{
    tls_.reset(::SSL_new(&context));
    if (!tls_ || ::SSL_set_fd(tls_.get(), socket_.native_handle()) != 1)
        co_return unavailable(tls_error());
    ::SSL_set_accept_state(tls_.get());
    const Result<void> shaken = co_await shake_hands();
    co_return shaken;
}

Awaitable<Result<void>> Stream::connect_tls(SSL_CTX& context, const std::string& name)
{
    tls_.reset(::SSL_new(&context));
    if (!tls_ || ::SSL_set_fd(tls_.get(), socket_.native_handle()) != 1)
        co_return unavailable(tls_error());
    ::SSL_set_connect_state(tls_.get());
    boost::system::error_code no_address;
    static_cast<void>(asio::ip::make_address(name, no_address));
    const int named =
        no_address ? ::SSL_set1_host(tls_.get(), name.c_str()) & SSL_set_tlsext_host_name(tls_.get(), name.c_str())
                   : ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls_.get()), name.c_str());
    if (named != 1)
        co_return unavailable(tls_error());
    const Result<void> shaken = co_await shake_hands();
    if (shaken)
        co_return shaken;
    const long verified = ::SSL_get_verify_result(tls_.get());
    if (verified != X509_V_OK)
        co_return unavailable("its certificate is not taken for " + name + ": " +
                              ::X509_verify_cert_error_string(verified));
    co_return shaken;
}

Awaitable<Result<void>> Stream::shake_hands()
{
    for (;;) {
        ::ERR_clear_error();
        const int result = ::SSL_do_handshake(tls_.get());
        if (result == 1)
            co_return Result<void>{};
        const Moved moved = judge(result);
        if (moved.outcome != Outcome::wants_read && moved.outcome != Outcome::wants_write)
            co_return unavailable(tls_error());
        const bool ready = co_await wait_for(moved.outcome);
        if (!ready)
            co_return unavailable("TLS was not agreed on in time");
    }
}

void Stream::end_writing() noexcept
{
    if (tls_) {
        ::ERR_clear_error();
        ::SSL_shutdown(tls_.get());
    }
    ::shutdown(socket_.native_handle(), SHUT_WR);
}

void Stream::cancel() noexcept
{
    cancelled_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Stream::close() noexcept
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace gatehouse::edge
