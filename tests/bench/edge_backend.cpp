// bench_edge_backend - what stands behind both mail proxies of the bench: an IMAP server that accepts everybody
//
// SYNOPSIS
//   bench_edge_backend --address IP --imap-port N --auth-port N
//
// DESCRIPTION
//   IMAP (RFC 3501, LITERAL+ of RFC 7888, SASL-IR of RFC 4959) without mail: CAPABILITY, ID, NOOP, LOGIN, AUTHENTICATE,
//   LOGOUT, and `TAG BULK n`, which answers with one literal of n MiB as fast as the socket takes it. The other port
//   answers nginx's auth_http that every login is right and lives at the IMAP port. One thread: what it costs is taken
//   from what is measured. Ends at SIGTERM or SIGINT.
//
// SECURITY
//   For tests only: everybody is let in. What logins hold passes through a buffer and is looked at by nobody.
//
// DIAGNOSTICS
//   Exit status 1 and one line on standard error when a port cannot be had.
//
// BUGS
//   One command at a time; an idle session has no deadline.

#include "base/async.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using gatehouse::Awaitable;
using gatehouse::use_awaitable;

namespace
{
constexpr std::size_t longest_command = 64UL * 1024;
constexpr std::size_t mib = 1024UL * 1024;
constexpr std::string_view capabilities = "CAPABILITY IMAP4rev1 LITERAL+ ID SASL-IR AUTH=PLAIN";

struct Literal {
    std::size_t size = 0;
    bool awaited = true; ///< the client goes on when it has been told to (RFC 7888: not after a plus)
};

/// The literal that the end of a line announces.
std::optional<Literal> literal_of(std::string_view line)
{
    const std::size_t brace = line.rfind('{');
    if (!line.ends_with('}') || brace == std::string_view::npos)
        return {};
    std::string_view digits = line.substr(brace + 1, line.size() - brace - 2);
    const bool awaited = !digits.ends_with('+');
    digits.remove_suffix(awaited ? 0 : 1);
    Literal literal{.awaited = awaited};
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), literal.size);
    return fault == std::errc{} && literal.size <= longest_command ? std::optional(literal) : std::nullopt;
}

/// The first three words of a command; what follows is of no interest here.
struct Command {
    std::string tag;
    std::string verb; ///< in upper case
    std::string argument;
};

Command command_of(std::string_view line)
{
    const auto word = [&line] {
        const std::string_view taken = line.substr(0, line.find(' '));
        line.remove_prefix(std::min(line.size(), taken.size() + 1));
        return std::string(taken);
    };
    Command command{word(), word(), {}};
    std::ranges::transform(command.verb, command.verb.begin(), [](unsigned char c) { return std::toupper(c); });
    if (command.verb == "BULK" || command.verb == "AUTHENTICATE")
        command.argument = line;
    return command;
}

/// One client; ends with its connection, by an exception if it leaves without LOGOUT.
class Session
{
public:
    explicit Session(tcp::socket socket) : socket_(std::move(socket)) {}

    Awaitable<void> run()
    {
        co_await send("* OK [" + std::string(capabilities) + "] ready\r\n");
        while (!over_)
            co_await answer(command_of(co_await read_command()));
    }

private:
    Awaitable<void> send(std::string text) { co_await asio::async_write(socket_, asio::buffer(text), use_awaitable); }

    Awaitable<std::string> read_line()
    {
        const std::size_t size = co_await asio::async_read_until(socket_, asio::dynamic_buffer(read_, longest_command),
                                                                 "\r\n", use_awaitable);
        std::string line = read_.substr(0, size - 2);
        read_.erase(0, size);
        co_return line;
    }

    Awaitable<void> skip(std::size_t size)
    {
        if (read_.size() < size)
            co_await asio::async_read(socket_, asio::dynamic_buffer(read_, longest_command),
                                      asio::transfer_exactly(size - read_.size()), use_awaitable);
        read_.erase(0, size);
    }

    /// The first line of a command; its literals, and the lines that go on after them, are read and dropped.
    Awaitable<std::string> read_command()
    {
        std::string first = co_await read_line();
        auto literal = literal_of(first);
        while (literal) {
            if (literal->awaited)
                co_await send("+ go on\r\n");
            co_await skip(literal->size);
            literal = literal_of(co_await read_line());
        }
        co_return first;
    }

    Awaitable<void> answer(Command command)
    {
        const std::string& verb = command.verb;
        if (verb == "BULK")
            co_return co_await send_bulk(command);
        if (verb == "AUTHENTICATE" && command.argument.find(' ') == std::string::npos) {
            co_await send("+ \r\n");
            co_await read_line();
        }
        if (verb == "LOGIN" || verb == "AUTHENTICATE")
            co_return co_await send(command.tag + " OK [" + std::string(capabilities) + "] welcome\r\n");
        std::string answer;
        if (verb == "CAPABILITY")
            answer = "* " + std::string(capabilities) + "\r\n";
        else if (verb == "ID")
            answer = "* ID NIL\r\n";
        else if (verb == "LOGOUT")
            answer = "* BYE\r\n";
        else if (verb != "NOOP")
            co_return co_await send(command.tag + " BAD unknown command\r\n");
        over_ = verb == "LOGOUT";
        co_await send(answer + command.tag + " OK done\r\n");
    }

    Awaitable<void> send_bulk(Command command)
    {
        static const std::string piece(mib, 'x');
        std::size_t count = 0;
        std::from_chars(command.argument.data(), command.argument.data() + command.argument.size(), count);
        co_await send("* 1 FETCH (BODY[] {" + std::to_string(count * mib) + "}\r\n");
        for (std::size_t i = 0; i < count; ++i)
            co_await asio::async_write(socket_, asio::buffer(piece), use_awaitable);
        co_await send(")\r\n" + command.tag + " OK done\r\n");
    }

    tcp::socket socket_;
    std::string read_;
    bool over_ = false;
};

Awaitable<void> serve_imap(tcp::socket socket)
{
    socket.set_option(tcp::no_delay(true));
    Session session(std::move(socket));
    co_await session.run();
}

/// nginx asks on a connection for each login.
Awaitable<void> serve_auth(tcp::socket socket, std::string address, std::uint16_t imap_port)
{
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    co_await http::async_read(socket, buffer, request, use_awaitable);
    http::response<http::empty_body> response(http::status::ok, request.version());
    response.set("Auth-Status", "OK");
    response.set("Auth-Server", address);
    response.set("Auth-Port", std::to_string(imap_port));
    response.keep_alive(false);
    co_await http::async_write(socket, response, use_awaitable);
}

/// A peer that leaves ends its own coroutine and nothing else.
void leave(const std::exception_ptr&) {}

template <class Serve>
Awaitable<void> accept(tcp::acceptor acceptor, Serve serve)
{
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), leave);
    }
}

void serve(const std::string& address, std::uint16_t imap_port, std::uint16_t auth_port)
{
    asio::io_context io(1);
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
    const auto ip = asio::ip::make_address(address);
    asio::co_spawn(io, accept(tcp::acceptor(io, {ip, imap_port}), serve_imap), asio::detached);
    const auto auth = [&](tcp::socket socket) { return serve_auth(std::move(socket), address, imap_port); };
    asio::co_spawn(io, accept(tcp::acceptor(io, {ip, auth_port}), auth), asio::detached);
    io.run();
}
} // namespace

int main(int argc, char** argv)
{
    CLI::App app("An IMAP server that accepts everybody, and nginx's auth_http for it", "bench_edge_backend");
    std::string address = "127.0.0.1";
    std::uint16_t imap_port = 0;
    std::uint16_t auth_port = 0;
    app.add_option("--address", address)->capture_default_str();
    app.add_option("--imap-port", imap_port)->required();
    app.add_option("--auth-port", auth_port)->required();
    CLI11_PARSE(app, argc, argv);
    try {
        serve(address, imap_port, auth_port);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "bench_edge_backend: %s\n", exception.what());
        return 1;
    }
    return 0;
}
