// NAME
//     gatehouse-web - log in people of web pages
//
// SYNOPSIS
//     gatehouse-web [--listen ADDRESS:PORT | --listen unix:PATH]... [--authd SOCKET] [--service NAME] [--realm TEXT]
//                   [--trust-real-ip] [--drain SECONDS] [--log-level LEVEL]
//
// DESCRIPTION
//     Answers HTTP/1.1 for web servers that let another program decide about a request:
//
//     /auth       for nginx's auth_request. Reads the login from the Authorization header (Basic), asks authd, and
//     answers
//                 200  with X-Gatehouse-User, -Realm, -Mailbox and, where they are known, -Groups (a list with commas).
//                      Everything but letters, digits and -._~@+ is percent-encoded in them.
//                 401  no login, or a wrong one: the browser asks for a password
//                 403  the password was right, but the account or the service refuses; the body says what a person may
//                 know 503  nothing could be decided: try again
//     /healthz    200 while this process serves
//
//     Without --listen it serves the sockets that systemd passes, else 127.0.0.1:9180.
//
//     --authd SOCKET     authd's native listener, /run/gatehouse/web unless given
//     --service NAME     the service that people log in to, "web" unless given
//     --realm TEXT       what browsers show when they ask for the password
//     --trust-real-ip    the client's address is what X-Real-IP says: only behind a proxy that always sets it. Without
//     this
//                        it is the address that is connected. authd believes it from listeners with may_assert_address.
//     --drain SECONDS    how long answers under way may take after SIGTERM, 10 unless given
//
//     SIGTERM and SIGINT: accept no more, finish what is under way, end.
//
// SECURITY
//     Talks to authd only, never to a directory. A request is read into locked memory, its password stays there and is
//     wiped. Names from the directory cannot break out of a header. Requests with a body, heads above 128 KiB and slow
//     peers are refused. Speaks no TLS: put it behind the web server, on loopback or a Unix socket.
//
// DIAGNOSTICS
//     One audit line a login, written by authd. Warnings on standard error say why logins could not be decided.
//     Exit status: 0 after a signal; 64 usage; 71 a socket cannot be had.
//
// BUGS
//     Every request is a login of its own.
//
#include "base/listening.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "client/authd.hpp"
#include "web/pages.hpp"
#include "web/server.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include <systemd/sd-daemon.h>

#include <cstdio>
#include <exception>
#include <sysexits.h>

namespace
{

using namespace gatehouse;
using namespace gatehouse::web;
namespace asio = boost::asio;

constexpr std::size_t secret_memory = 4 * 1024 * 1024; // well below systemd's LimitMEMLOCK of 8 MiB

struct Options {
    std::vector<std::string> listen;
    std::string authd = "/run/gatehouse/web";
    PageSettings pages;
    std::size_t drain_seconds = 10;
    std::string log_level = "info";
};

/// Passwords pass through here for milliseconds only, so an unlocked arena is worth a warning and not an end.
void lock_secret_memory()
{
    auto arena = SecretArena::create(secret_memory, SecretArena::Locking::required);
    if (arena)
        SecretArena::install(std::move(*arena));
    else
        log::warn("passwords may be swapped out: {}", arena.error().text);
}

Result<std::vector<int>> open_sockets(const Options& options)
{
    auto sockets = options.listen.empty() ? activated_sockets() : Result<std::vector<int>>{};
    if (!sockets)
        return sockets;
    auto places = options.listen;
    if (places.empty() && sockets->empty())
        places.emplace_back("127.0.0.1:9180");
    for (const std::string& where : places) {
        const auto socket = open_listening(where);
        if (!socket)
            return std::unexpected(socket.error());
        sockets->push_back(*socket);
    }
    return sockets;
}

/// Tells systemd that the event loop turns, at half the time it would wait.
Awaitable<void> keep_watchdog()
{
    std::uint64_t micros = 0;
    if (::sd_watchdog_enabled(0, &micros) <= 0)
        co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        ::sd_notify(0, "WATCHDOG=1");
        timer.expires_after(std::chrono::microseconds(micros / 2));
        (void)co_await timer.async_wait(as_result);
    }
}

Awaitable<void> end_at_signal(asio::io_context& io, Server& server, std::chrono::seconds within)
{
    asio::signal_set signals(io, SIGTERM, SIGINT);
    const auto [error, signal] = co_await signals.async_wait(as_result);
    ::sd_notify(0, "STOPPING=1");
    log::info("ending at signal {}: {} connections are open", signal, server.connections());
    server.drain();
    asio::steady_timer pause(io);
    for (const Deadline until = Clock::now() + within; server.connections() > 0 && Clock::now() < until;) {
        pause.expires_after(std::chrono::milliseconds(20));
        (void)co_await pause.async_wait(as_result);
    }
    if (server.connections() > 0)
        log::warn("{} connections did not end in time", server.connections());
    io.stop();
}

int serve(const Options& options)
{
    log::set_up(options.log_level);
    lock_secret_memory();
    raise_descriptor_limit();
    const auto sockets = open_sockets(options);
    if (!sockets) {
        std::fprintf(stderr, "gatehouse-web: %s\n", sockets.error().text.c_str());
        return sockets.error().kind == ErrorKind::invalid ? EX_USAGE : EX_OSERR;
    }
    asio::io_context io(1);
    client::Authd authd(io, {.socket = options.authd});
    Pages pages(authd, options.pages);
    Server server(io, pages, {});
    for (const int socket : *sockets)
        server.listen(socket);
    asio::co_spawn(io, end_at_signal(io, server, std::chrono::seconds(options.drain_seconds)), asio::detached);
    asio::co_spawn(io, keep_watchdog(), asio::detached);
    ::sd_notify(0, "READY=1");
    log::info("serving {} socket(s), asking authd at {}", sockets->size(), options.authd);
    io.run();
    return EX_OK;
}

} // namespace

int main(int argc, char** argv)
try {
    forbid_dumps();
    CLI::App program("Log in people of web pages");
    Options options;
    program.set_version_flag("--version", GATEHOUSE_VERSION);
    program.add_option("--listen", options.listen, "ADDRESS:PORT, [IPV6]:PORT or unix:PATH; may be repeated");
    program.add_option("--authd", options.authd, "authd's native listener")->capture_default_str();
    program.add_option("--service", options.pages.service, "the service to log in to")->capture_default_str();
    program.add_option("--realm", options.pages.realm, "what browsers show")->capture_default_str();
    program.add_flag("--trust-real-ip", options.pages.trust_real_ip, "the client's address is in X-Real-IP");
    program.add_option("--drain", options.drain_seconds, "seconds for answers under way at the end")
        ->capture_default_str()
        ->check(CLI::Range(0, 600));
    program.add_option("--log-level", options.log_level, "debug, info, warn or error")
        ->capture_default_str()
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? EX_OK : EX_USAGE;
    }
    return serve(options);
} catch (const std::exception& error) {
    std::fprintf(stderr, "gatehouse-web: %s\n", error.what());
    return EX_SOFTWARE;
}
