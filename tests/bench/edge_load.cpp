// bench_edge_load - log in by IMAP over TLS: as often as possible, to take much mail, or to stay
//
// SYNOPSIS
//   bench_edge_load logins --address IP --port N [--at-once N]
//   bench_edge_load bulk --address IP --port N [--mib N]
//   bench_edge_load idle --address IP --port N [--at-once N]
//
// DESCRIPTION
//   Standard input holds logins as for bench_load: NAME, tab, "granted", tab, PASSWORD.
//   logins: for each login, in order: connect, handshake of TLS 1.3, greeting, LOGIN, close; as many at once.
//   bulk: each login is a session of its own that asks the back end of the bench for so many MiB, all at the same time.
//   idle: each login is a session, which says NOOP once and stays. When all are there, "ready=N" is printed; at SIGTERM
//   each says NOOP once more, which must be answered.
//   Prints key=value pairs: logins, seconds, per_second (logins; MiB for bulk), cpu_seconds of this program, and p50_us
//   and p99_us from connecting to the LOGIN's OK.
//
// SECURITY
//   For tests only: the certificate's issuer is not checked, to spend the machine on the server's work.
//
// DIAGNOSTICS
//   Exit status 1 and a sentence on standard error: a login was refused, a session broke, or nothing happened for 20 s.
//
// BUGS
//   One thread.

#include "edge_client.hpp"
#include "loads.hpp"
#include "logins.hpp"

#include "base/secret_arena.hpp"

#include <boost/asio/signal_set.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace gatehouse;
using namespace gatehouse::bench;

namespace
{
struct Wishes {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::size_t at_once = 32;
    std::size_t mib = 1024;
};

Progress read_progress()
{
    auto logins = read_logins(STDIN_FILENO);
    if (!logins)
        throw std::runtime_error(logins.error().text);
    return Progress(std::move(*logins));
}

class EdgeLoad
{
public:
    explicit EdgeLoad(const Wishes& wishes)
        : wishes_(wishes), server_(asio::ip::make_address(wishes.address), wishes.port), progress_(read_progress())
    {
        for (const Login& login : progress_.logins())
            commands_.push_back(login_command(login.name, login.password));
        kept_.resize(commands_.size());
        progress_.start();
    }

    std::string logins()
    {
        for (std::size_t i = 0; i < wishes_.at_once; ++i)
            spawn(log_in_and_leave());
        run();
        return progress_.summary();
    }

    std::string bulk()
    {
        for (std::size_t i = 0; i < kept_.size(); ++i)
            spawn(log_in_and_stay());
        run();
        const auto began = Clock::now();
        const double cpu = cpu_seconds();
        for (const auto& connection : kept_)
            spawn(connection->take_bulk(wishes_.mib));
        run();
        const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
        const auto taken = static_cast<double>(wishes_.mib * kept_.size());
        // Of pairs with the same key the last counts: the logins before are of no interest.
        return fmt::format("{} seconds={:.3f} per_second={:.1f} cpu_seconds={:.3f}", progress_.summary(), seconds,
                           taken / seconds, cpu_seconds() - cpu);
    }

    std::string idle()
    {
        for (std::size_t i = 0; i < wishes_.at_once; ++i)
            spawn(log_in_and_stay());
        run();
        std::printf("ready=%zu\n", kept_.size());
        std::fflush(stdout);
        wait_for_end();
        for (const auto& connection : kept_)
            spawn(say_noop(*connection));
        run();
        return progress_.summary();
    }

private:
    void spawn(Awaitable<void> part)
    {
        ++under_way_;
        asio::co_spawn(io_, std::move(part), [this](const std::exception_ptr& failure) {
            --under_way_;
            if (failure)
                std::rethrow_exception(failure);
        });
    }

    /// Until every part has ended. Throws what one of them threw.
    void run()
    {
        io_.restart();
        while (under_way_ > 0)
            if (io_.run_one_for(patience) == 0)
                throw std::runtime_error(fmt::format("nothing has happened for {} s", patience.count()));
    }

    void wait_for_end()
    {
        asio::signal_set signals(io_, SIGTERM, SIGINT);
        signals.async_wait([](const boost::system::error_code&, int) {});
        io_.restart();
        io_.run();
    }

    Awaitable<std::unique_ptr<EdgeConnection>> log_in(std::size_t index)
    {
        auto connection = std::make_unique<EdgeConnection>(io_, tls_.get());
        co_await connection->open(server_);
        const bool granted = co_await connection->command(commands_[index].view());
        if (auto right = progress_.answered(index, granted); !right)
            throw std::runtime_error(right.error().text);
        co_return connection;
    }

    Awaitable<void> log_in_and_leave()
    {
        while (progress_.more())
            (co_await log_in(progress_.send_next()))->close();
    }

    Awaitable<void> log_in_and_stay()
    {
        while (progress_.more()) {
            const std::size_t index = progress_.send_next();
            kept_[index] = co_await log_in(index);
            co_await say_noop(*kept_[index]);
        }
    }

    static Awaitable<void> say_noop(EdgeConnection& connection)
    {
        if (!co_await connection.command("a NOOP\r\n"))
            throw std::runtime_error("NOOP was refused");
    }

    const Wishes& wishes_;
    tcp::endpoint server_;
    std::shared_ptr<SSL_CTX> tls_ = edge_tls();
    Progress progress_;
    std::vector<Secret> commands_;
    asio::io_context io_{1};
    std::vector<std::unique_ptr<EdgeConnection>> kept_;
    std::size_t under_way_ = 0;
};
} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Logs in by IMAP over TLS; logins from standard input as for bench_load", "bench_edge_load");
    app.require_subcommand(1);
    Wishes wishes;
    const auto mode = [&](const char* name, const char* what) {
        auto* const command = app.add_subcommand(name, what);
        command->add_option("--address", wishes.address)->capture_default_str();
        command->add_option("--port", wishes.port)->required();
        return command;
    };
    auto* const logins = mode("logins", "one after the other, and closed");
    auto* const bulk = mode("bulk", "few, each of which takes much");
    auto* const idle = mode("idle", "all stay until SIGTERM");
    for (auto* command : {logins, idle})
        command->add_option("--at-once", wishes.at_once, "under way")
            ->capture_default_str()
            ->check(CLI::Range(1, 1000));
    bulk->add_option("--mib", wishes.mib, "for each session")->capture_default_str()->check(CLI::Range(1, 4095));
    CLI11_PARSE(app, argc, argv);
    try {
        SecretArena::install(SecretArena::create(64UL * 1024 * 1024, SecretArena::Locking::best_effort).value());
        EdgeLoad load(wishes);
        std::puts((logins->parsed() ? load.logins() : bulk->parsed() ? load.bulk() : load.idle()).c_str());
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "bench_edge_load: %s\n", failure.what());
        return 1;
    }
    return 0;
}
