// bench_load - try a list of logins at one server as fast as it answers, and say how long that took
//
// SYNOPSIS
//   bench_load saslauthd --socket PATH [--at-once N] [--service S]
//   bench_load dovecot --socket PATH [--connections N] [--in-flight N] [--service S]
//   bench_load bind --address IP --port N --dn "uid={name},ou=people,dc=example" [--connections N]
//
// DESCRIPTION
//   Standard input holds one login a line: NAME, tab, "granted" or "denied", tab, PASSWORD. Every one is tried once, in
//   order, and its verdict compared with the second field. Then one line is printed: logins, seconds, per_second,
//   p50_us, p99_us, cpu_seconds (of this program).
//
// SECURITY
//   For tests only: passwords are in locked memory where the system allows it, and on the wire in clear text.
//
// DIAGNOSTICS
//   Exit status 0: every verdict was right. 1: one was wrong, or the server could not decide; standard error says
//   which.
//
// BUGS
//   One thread: it cannot load more than a few cores' worth of servers.

#include "loads.hpp"

#include "base/secret_arena.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>

namespace bench = gatehouse::bench;

namespace
{
constexpr std::size_t secret_memory = 64UL * 1024 * 1024; // a hundred thousand logins and their encoded requests

template <class Load>
gatehouse::Result<std::string> try_all(const Load& load)
{
    auto logins = bench::read_logins(STDIN_FILENO);
    if (!logins)
        return std::unexpected(std::move(logins.error()));
    bench::Progress progress(std::move(*logins));
    if (auto done = bench::run(load, progress); !done)
        return std::unexpected(std::move(done.error()));
    return progress.summary();
}
} // namespace

int main(int argc, char** argv)
{
    if (auto arena = gatehouse::SecretArena::create(secret_memory, gatehouse::SecretArena::Locking::best_effort))
        gatehouse::SecretArena::install(std::move(*arena));
    CLI::App app("Tries logins from standard input: NAME, tab, granted or denied, tab, PASSWORD", "bench_load");
    app.require_subcommand(1);
    gatehouse::Result<std::string> outcome;

    bench::SaslauthdLoad saslauthd;
    auto* const saslauthd_command = app.add_subcommand("saslauthd", "saslauthd's socket, a connection a login");
    saslauthd_command->add_option("--socket", saslauthd.socket)->required();
    saslauthd_command->add_option("--at-once", saslauthd.at_once, "requests under way")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    saslauthd_command->add_option("--service", saslauthd.service)->capture_default_str();
    saslauthd_command->callback([&] { outcome = try_all(saslauthd); });

    bench::DovecotLoad dovecot;
    auto* const dovecot_command = app.add_subcommand("dovecot", "Dovecot's auth-client socket");
    dovecot_command->add_option("--socket", dovecot.socket)->required();
    dovecot_command->add_option("--connections", dovecot.connections)->capture_default_str()->check(CLI::Range(1, 64));
    dovecot_command->add_option("--in-flight", dovecot.in_flight, "requests under way on each")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    dovecot_command->add_option("--service", dovecot.service)->capture_default_str();
    dovecot_command->callback([&] { outcome = try_all(dovecot); });

    bench::BindLoad bind;
    auto* const bind_command = app.add_subcommand("bind", "simple binds at the directory itself, clear text");
    bind_command->add_option("--address", bind.address)->required();
    bind_command->add_option("--port", bind.port)->required();
    bind_command->add_option("--dn", bind.dn, "with {name} in it")->required();
    bind_command->add_option("--connections", bind.connections)->capture_default_str()->check(CLI::Range(1, 1000));
    bind_command->callback([&] { outcome = try_all(bind); });

    CLI11_PARSE(app, argc, argv);
    if (!outcome) {
        std::fprintf(stderr, "bench_load: %s\n", outcome.error().text.c_str());
        return 1;
    }
    std::puts(outcome->c_str());
    return 0;
}
