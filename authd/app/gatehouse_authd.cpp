// NAME
//     gatehouse-authd - answer logins for every service of an institution
//
// SYNOPSIS
//     gatehouse-authd [--config FILE] [--check | --backup FILE | --restore FILE]
//
// DESCRIPTION
//     Verifies people against the directories of the configuration (Active Directory, OpenLDAP, a local file) and tells
//     mail, FTP and web servers the verdict in the protocols that they already speak, over Unix sockets. Every login
//     passes one gate: names, verification, admission (which groups may use which service), audit. See authd.yaml(5).
//
//     --config FILE   the configuration; /etc/gatehouse/authd.yaml unless given
//     --check         read and check the configuration, say what is wrong, and end
//     --backup FILE   write all that the store holds into a file, beside an authd that runs, and end
//     --restore FILE  fill an empty store that no authd uses from such a file, and end. `authctl store` runs both.
//
//     SIGHUP reads the configuration anew and reopens the audit file; a bad file leaves the old configuration in force.
//     SIGTERM and SIGINT finish what is under way, then end.
//
// SECURITY
//     Runs as its own user without any capability. Passwords live in page-locked memory that is left out of core dumps
//     and wiped; they are never logged and never stand on a command line. Who may ask is decided by the mode of each
//     socket and by what its listener pins (services, realms, uids). To a client, an unknown person and a wrong
//     password are the same answer after the same time.
//
// DIAGNOSTICS
//     One line of JSON for each attempt in the audit file. Warnings on standard error name the server and the cure.
//     Exit status: 0 after a signal, a good --check, a backup or a restore; 64 usage; 71 the system refuses something
//     (a socket, memory, the audit file); 75 a backup or restore failed; 78 the configuration is wrong.
//
// BUGS
//     libldap keeps a password in its own send buffer while a bind is under way; that memory is not locked.
//     process.workers, secret_memory, network_threads, compute_threads and audit.file change only at a restart.
//
#include "app/config.hpp"
#include "app/house.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "kerberos/gss_acceptor.hpp"
#include "store/store.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <sysexits.h>

namespace
{
using namespace gatehouse;

int check(const app::Config& config)
{
    for (const std::string& warning : config.warnings)
        std::fprintf(stderr, "warning: %s\n", warning.c_str());
    std::printf("the configuration is valid: %zu realms, %zu listeners\n", config.realms.size(),
                config.listeners.size());
    return EX_OK;
}

int say(const Result<store::BackupSize>& done, const std::string& what)
{
    if (!done) {
        std::fprintf(stderr, "%s\n", done.error().text.c_str());
        return EX_TEMPFAIL;
    }
    std::printf("%s: %llu mailbox names, %llu networks, %llu counters, %llu things kept\n", what.c_str(),
                static_cast<unsigned long long>(done->mailboxes), static_cast<unsigned long long>(done->networks),
                static_cast<unsigned long long>(done->counters), static_cast<unsigned long long>(done->kept));
    return EX_OK;
}

int serve(const std::string& file, app::Config config)
{
    log::set_up(config.log_level);
    raise_descriptor_limit();
    forbid_dumps();
    auto house = app::House::build(file, std::move(config));
    if (!house) {
        log::error("{}", house.error().text);
        return EX_OSERR;
    }
    if (!(*house)->run())
        std::_Exit(EX_OK);
    return EX_OK;
}
} // namespace

int main(int argc, char** argv)
{
    CLI::App options("Answers logins for every service of an institution.", "gatehouse-authd");
    std::string file = "/etc/gatehouse/authd.yaml";
    bool only_check = false;
    options.add_option("--config", file, "the configuration")->capture_default_str();
    std::string backup;
    std::string restore;
    auto* const checking = options.add_flag("--check", only_check, "check the configuration and end");
    auto* const backing = options.add_option("--backup", backup, "write the store into a file and end");
    auto* const restoring = options.add_option("--restore", restore, "fill an empty store from a file and end");
    backing->excludes(checking)->excludes(restoring);
    restoring->excludes(checking);
    options.set_version_flag("--version", GATEHOUSE_VERSION);
    try {
        options.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return options.exit(error) == 0 ? EX_OK : EX_USAGE;
    }
    kerberos::isolate_gssapi(); // no other thread has begun
    auto config = app::read_config(file);
    if (!config) {
        std::fprintf(stderr, "%s\n", config.error().text.c_str());
        return EX_CONFIG;
    }
    if (!backup.empty())
        return say(store::backup_store(config->store, backup), backup + " holds");
    if (!restore.empty())
        return say(store::restore_store(config->store, restore), "the store holds");
    return only_check ? check(*config) : serve(file, std::move(*config));
}
