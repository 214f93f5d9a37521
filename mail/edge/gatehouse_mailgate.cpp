// NAME
//     gatehouse-mailgate - the front end that people's mail programs connect to
//
// SYNOPSIS
//     gatehouse-mailgate [--config FILE] [--check]
//
// DESCRIPTION
//     Speaks TLS and IMAP, POP3, SMTP (submission) or ManageSieve to mail programs until the person is known: asks
//     authd, by whatever mechanism the program uses, finds the person's mail store, logs in there as them, and from
//     then on only moves bytes.
//
//     --config FILE      /etc/gatehouse/mailgate.yaml unless given; mailgate.yaml(5)
//     --check            check the configuration and its files, and end
//
//     SIGHUP: read the configuration and the certificates anew; sessions go on with what they began with.
//     SIGUSR2: start the program anew (after an update, for example). The new process gets the listening sockets, and
//     this one, once that serves, SIGTERM: no connection is refused and no session dropped. If it cannot start, all
//     stays as it is. SIGTERM, SIGINT: accept no more, let sessions go on for `process.shutdown`, then end them.
//
// SECURITY
//     Runs as its own user without any capability; low ports come from socket units. Knows no directory and no password
//     store: authd decides, and gives it for each login a secret that opens one person's mailbox at one store, once.
//     Passwords pass through locked memory. Nothing that came before STARTTLS is used after it, and no password is
//     taken before TLS.
//
// DIAGNOSTICS
//     authd writes one audit line a login. Warnings on standard error name the store and the reason. Exit status: 0
//     after a signal; 64 usage; 71 a socket cannot be had; 78 a bad configuration.
//
// BUGS
//     OpenSSL's own buffers hold what was decrypted for as long as a record is read; they are not locked.
//
#include "base/log.hpp"
#include "base/process.hpp"
#include "edge/config.hpp"
#include "edge/edge.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <sysexits.h>

namespace
{

using namespace gatehouse;

int serve(const std::string& file, edge::Settings settings)
{
    log::set_up(settings.log_level);
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to sockets whose peer may be gone
    raise_descriptor_limit();
    forbid_dumps();
    auto arena = SecretArena::create(settings.secret_memory, SecretArena::Locking::required);
    if (!arena) {
        log::error("{}", arena.error().text);
        return EX_OSERR;
    }
    SecretArena::install(std::move(*arena));
    auto edge = edge::Edge::build(file, std::move(settings));
    if (!edge) {
        log::error("{}", edge.error().text);
        return edge.error().kind == ErrorKind::invalid ? EX_CONFIG : EX_OSERR;
    }
    (*edge)->run();
    return EX_OK;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App options("The front end that people's mail programs connect to.", "gatehouse-mailgate");
    std::string file = "/etc/gatehouse/mailgate.yaml";
    bool only_check = false;
    options.add_option("--config", file, "the configuration")->capture_default_str();
    options.add_flag("--check", only_check, "check the configuration and end");
    options.set_version_flag("--version", GATEHOUSE_VERSION);
    try {
        options.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return options.exit(error) == 0 ? EX_OK : EX_USAGE;
    }
    auto settings = edge::read_settings(file);
    if (!settings) {
        std::fprintf(stderr, "%s\n", settings.error().text.c_str());
        return EX_CONFIG;
    }
    if (!only_check)
        return serve(file, std::move(*settings));
    if (const auto checked = edge::Edge::check(*settings); !checked) {
        std::fprintf(stderr, "%s\n", checked.error().text.c_str());
        return EX_CONFIG;
    }
    std::printf("the configuration is valid: %zu listeners, %zu stores\n", settings->listeners.size(),
                settings->stores.size());
    return EX_OK;
}
