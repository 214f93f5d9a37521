#include "edge_client.hpp"

#include <openssl/err.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace gatehouse::bench
{

namespace
{
constexpr std::size_t mib = 1024UL * 1024;
constexpr std::size_t longest_line = 8192;
constexpr std::size_t read_step = 16UL * 1024;  // what a TLS record holds
constexpr std::size_t read_ahead = 64UL * 1024; // what the library takes from the socket at once

void require(bool done, const char* what)
{
    if (!done)
        throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}
} // namespace

std::shared_ptr<SSL_CTX> edge_tls()
{
    std::shared_ptr<SSL_CTX> tls(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    require(tls != nullptr, "SSL_CTX_new");
    require(SSL_CTX_set_min_proto_version(tls.get(), TLS1_3_VERSION) == 1, "TLS 1.3");
    require(SSL_CTX_set_ciphersuites(tls.get(), "TLS_AES_256_GCM_SHA384") == 1, "the cipher suite");
    require(SSL_CTX_set1_groups_list(tls.get(), "X25519") == 1, "the group");
    SSL_CTX_set_session_cache_mode(tls.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(tls.get(), 1);
    SSL_CTX_set_default_read_buffer_len(tls.get(), read_ahead);
    SSL_CTX_set_mode(tls.get(), SSL_MODE_RELEASE_BUFFERS);
    return tls;
}

EdgeConnection::EdgeConnection(asio::io_context& io, SSL_CTX* tls) : socket_(io), ssl_(SSL_new(tls), SSL_free)
{
    require(ssl_ != nullptr, "SSL_new");
}

Awaitable<void> EdgeConnection::settle(int result)
{
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: co_return co_await socket_.async_wait(tcp::socket::wait_read, use_awaitable);
    case SSL_ERROR_WANT_WRITE: co_return co_await socket_.async_wait(tcp::socket::wait_write, use_awaitable);
    case SSL_ERROR_ZERO_RETURN: throw std::runtime_error("the server has closed the connection");
    default: break;
    }
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    throw std::runtime_error(std::string("TLS: ") + text.data());
}

Awaitable<void> EdgeConnection::open(tcp::endpoint server)
{
    co_await socket_.async_connect(server, use_awaitable);
    socket_.set_option(tcp::no_delay(true));
    socket_.non_blocking(true);
    require(SSL_set_fd(ssl_.get(), socket_.native_handle()) == 1, "SSL_set_fd");
    for (int result = SSL_connect(ssl_.get()); result != 1; result = SSL_connect(ssl_.get()))
        co_await settle(result);
    if (const std::string greeting = co_await read_line(); !greeting.starts_with("* OK"))
        throw std::runtime_error("expected a greeting, got: " + greeting);
}

Awaitable<void> EdgeConnection::send(std::string_view bytes)
{
    const int size = static_cast<int>(bytes.size());
    for (int result = SSL_write(ssl_.get(), bytes.data(), size); result != size;
         result = SSL_write(ssl_.get(), bytes.data(), size))
        co_await settle(result);
}

Awaitable<void> EdgeConnection::receive()
{
    const std::size_t had = read_.size();
    read_.resize(had + read_step);
    int result = SSL_read(ssl_.get(), read_.data() + had, read_step);
    while (result <= 0) {
        co_await settle(result);
        result = SSL_read(ssl_.get(), read_.data() + had, read_step);
    }
    read_.resize(had + static_cast<std::size_t>(result));
}

Awaitable<std::string> EdgeConnection::read_line()
{
    std::size_t end = read_.find("\r\n");
    while (end == std::string::npos) {
        if (read_.size() > longest_line)
            throw std::runtime_error("the server sends a line without end");
        co_await receive();
        end = read_.find("\r\n");
    }
    std::string line = read_.substr(0, end);
    read_.erase(0, end + 2);
    co_return line;
}

Awaitable<bool> EdgeConnection::command(std::string_view line)
{
    co_await send(line);
    std::string answer = co_await read_line();
    while (answer.starts_with("* "))
        answer = co_await read_line();
    if (!answer.starts_with("a OK") && !answer.starts_with("a NO"))
        throw std::runtime_error("expected OK or NO, got: " + answer);
    co_return answer.starts_with("a OK");
}

Awaitable<void> EdgeConnection::take_bulk(std::size_t count)
{
    co_await send("a BULK " + std::to_string(count) + "\r\n");
    const std::string head = "* 1 FETCH (BODY[] {" + std::to_string(count * mib) + "}";
    if (const std::string line = co_await read_line(); line != head)
        throw std::runtime_error("expected " + head + ", got: " + line);
    for (std::size_t left = count * mib; left > 0;) {
        if (read_.empty())
            co_await receive();
        const std::size_t taken = std::min(left, read_.size());
        read_.erase(0, taken);
        left -= taken;
    }
    if (co_await read_line() != ")" || !(co_await read_line()).starts_with("a OK"))
        throw std::runtime_error("the literal ended elsewhere than announced");
}

void EdgeConnection::close()
{
    SSL_shutdown(ssl_.get());
    boost::system::error_code ignored;
    socket_.close(ignored);
}

Secret login_command(std::string_view name, const Secret& password)
{
    Secret line;
    const bool whole = line.append("a LOGIN \"") && line.append(name) && line.append("\" \"") &&
                       line.append(password.view()) && line.append("\"\r\n");
    if (!whole)
        throw std::runtime_error("the secret memory is full");
    return line;
}

} // namespace gatehouse::bench
