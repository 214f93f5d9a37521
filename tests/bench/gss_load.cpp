// bench_gss - logins by Kerberos tickets, at a door and without one
//
// SYNOPSIS
//   bench_gss bare --keytab FILE --replay-cache NAME --cache CACHE [--no-configuration] [--logins N]
//   bench_gss door --socket PATH --cache CACHE [--logins N] [--under-way N]
//
// DESCRIPTION
//   bare: accepts N security contexts by gss_accept_sec_context, one after the other on one thread: what the library
//   alone costs. NAME is of libkrb5's kind, such as file2:/tmp/replay or none:. door: N whole logins by SASL's GSSAPI
//   at a Dovecot door, as many under way on one connection. Both use the ticket of CACHE for imap@localhost; first
//   messages are made before the clock runs. Prints key=value pairs: logins, seconds, per_second, cpu_seconds (of this
//   program), p50_us, p99_us.
//
// DIAGNOSTICS
//   Status 1 and a sentence on standard error: a login failed, or the library.
#include "base/secret_arena.hpp"
#include "support/dovecot_client.hpp"
#include "tickets_gss_client.hpp"

#include <CLI/CLI.hpp>
#include <gssapi/gssapi_ext.h>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::integration;

namespace
{
using Moment = std::chrono::steady_clock::time_point;

struct Wishes {
    std::string keytab;
    std::string replay_cache;
    std::string socket;
    std::string cache;
    bool no_configuration = false;
    std::size_t logins = 5000;
    std::size_t under_way = 32;
};

Moment now()
{
    return std::chrono::steady_clock::now();
}

double cpu_seconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The clock from here to `print`.
class Measured
{
public:
    void took(std::chrono::steady_clock::duration time)
    {
        times_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
    }
    void print()
    {
        const double seconds = std::chrono::duration<double>(now() - began_).count();
        const double cpu = cpu_seconds() - cpu_;
        std::ranges::sort(times_);
        const auto count = static_cast<double>(times_.size());
        std::printf("logins=%zu seconds=%.3f per_second=%.1f cpu_seconds=%.3f p50_us=%lld p99_us=%lld\n", times_.size(),
                    seconds, count / seconds, cpu, static_cast<long long>(times_[times_.size() / 2]),
                    static_cast<long long>(times_[times_.size() * 99 / 100]));
    }

private:
    Moment began_ = now();
    double cpu_ = cpu_seconds();
    std::vector<long long> times_;
};

struct Client {
    explicit Client(const std::string& cache) : gss("imap@localhost", cache), first(gss.step({})) {}

    GssClient gss;
    std::string first;
    Moment began{};
};

std::vector<std::unique_ptr<Client>> clients(const Wishes& wishes)
{
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < wishes.logins; ++i)
        clients.push_back(std::make_unique<Client>(wishes.cache));
    return clients;
}

void require(OM_uint32 major, const char* what)
{
    if (major != GSS_S_COMPLETE)
        throw std::runtime_error(std::string(what) + " failed");
}

gss_cred_id_t acceptor(const Wishes& wishes)
{
    std::array<gss_key_value_element_desc, 2> elements{
        {{"keytab", wishes.keytab.c_str()}, {"rcache", wishes.replay_cache.c_str()}}};
    const gss_key_value_set_desc store{elements.size(), elements.data()};
    OM_uint32 minor = 0;
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    require(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT, &store,
                                  &credential, nullptr, nullptr),
            "gss_acquire_cred_from");
    return credential;
}

void accept(gss_cred_id_t credential, const std::string& token)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc input{token.size(), const_cast<char*>(token.data())};
    gss_buffer_desc output{};
    gss_name_t client = GSS_C_NO_NAME;
    OM_uint32 minor = 0;
    require(gss_accept_sec_context(&minor, &context, credential, &input, GSS_C_NO_CHANNEL_BINDINGS, &client, nullptr,
                                   &output, nullptr, nullptr, nullptr),
            "gss_accept_sec_context");
    gss_release_buffer(&minor, &output);
    gss_release_name(&minor, &client);
    gss_delete_sec_context(&minor, &context, nullptr);
}

void measure_bare(const Wishes& wishes)
{
    const gss_cred_id_t credential = acceptor(wishes);
    const auto all = clients(wishes); // these need krb5.conf
    if (wishes.no_configuration)
        ::setenv("KRB5_CONFIG", "", 1);
    Measured measured;
    for (const auto& client : all) {
        const Moment began = now();
        accept(credential, client->first);
        measured.took(now() - began);
    }
    measured.print();
}

void begin(DovecotClient& door, std::uint32_t id, Client& client)
{
    wire::DovecotAuthBegin begin{.id = id, .mechanism = "GSSAPI", .service = "imap"};
    begin.response.emplace();
    if (!begin.response->append(client.first))
        throw std::runtime_error("out of secret memory");
    begin.nologin = true;
    client.began = now();
    door.begin(std::move(begin));
}

std::string answer(GssClient& client, const std::string& challenge)
{
    if (!client.established())
        return client.step(challenge);
    client.unwrap(challenge);
    return client.wrap(gss_layer(1));
}

void measure_door(const Wishes& wishes)
{
    const auto all = clients(wishes);
    DovecotClient door(Place{.path = wishes.socket});
    std::size_t begun = 0;
    std::size_t ended = 0;
    const auto begin_one = [&] {
        if (begun < all.size()) {
            begin(door, static_cast<std::uint32_t>(begun + 1), *all[begun]);
            ++begun;
        }
    };
    Measured measured;
    while (begun < std::min(wishes.under_way, all.size()))
        begin_one();
    while (ended < all.size()) {
        const auto line = door.read();
        if (const auto* challenge = std::get_if<wire::DovecotChallenge>(&line)) {
            door.proceed(challenge->id, answer(all[challenge->id - 1]->gss, challenge->challenge));
            continue;
        }
        const auto& outcome = std::get<wire::DovecotOutcome>(line);
        if (!outcome.ok)
            throw std::runtime_error("login " + std::to_string(outcome.id) + " failed");
        measured.took(now() - all[outcome.id - 1]->began);
        ++ended;
        begin_one();
    }
    measured.print();
}
} // namespace

int main(int argc, char** argv)
{
    CLI::App options("Logins by Kerberos tickets, at a door and without one.", "bench_gss");
    Wishes wishes;
    auto* const bare = options.add_subcommand("bare", "gss_accept_sec_context alone");
    auto* const door = options.add_subcommand("door", "whole logins at a Dovecot door");
    options.require_subcommand(1);
    for (CLI::App* command : {bare, door}) {
        command->add_option("--cache", wishes.cache)->required();
        command->add_option("--logins", wishes.logins)->check(CLI::Range(1, 100'000));
    }
    bare->add_option("--keytab", wishes.keytab)->required();
    bare->add_option("--replay-cache", wishes.replay_cache)->required();
    bare->add_flag("--no-configuration", wishes.no_configuration, "the library reads no krb5.conf");
    door->add_option("--socket", wishes.socket)->required();
    door->add_option("--under-way", wishes.under_way)->check(CLI::Range(1, 256));
    CLI11_PARSE(options, argc, argv);
    try {
        SecretArena::install(SecretArena::create(16 * 1024 * 1024, SecretArena::Locking::best_effort).value());
        bare->parsed() ? measure_bare(wishes) : measure_door(wishes);
    } catch (const std::exception& failure) {
        std::cerr << "bench_gss: " << failure.what() << '\n';
        return 1;
    }
    return 0;
}
