// NAME
//     authctl - ask and steer gatehouse-authd
//
// SYNOPSIS
//     authctl [--socket PATH] [--timeout SECONDS] [--json] VERB
//
// DESCRIPTION
//     Talks to authd over a native listener with may_control: /run/gatehouse/control unless --socket names another.
//
//     status          realms, their servers and health; listeners and what they counted; memory; audit
//     check USER      try a login as that person. Asks for the password on the terminal, or reads it with
//                     --password-stdin. Shows the verdict, the exact reason, the server that answered, the path taken.
//                     --service S   as this service (default "authctl", which no rule restricts)
//                     --client ADDR as if from this address
//                     The attempt is real: it is audited, and a wrong password counts at the directory.
//     explain USER    who a login name means: names, groups and how each was inherited, account state, services
//     admitted.
//                     Needs no password.
//     shield          who is tried with wrong passwords, from where, since when, and which client repeats an old one
//     shield clear USER
//                     forget what is counted of one person, and which of their passwords are known to be wrong
//     sessions [USER] what programs keep open for people who have logged in: person, service, client, store, since when
//     kick USER       end all sessions of one person now. They may log in again: disable the account first.
//     shadow          serve a socket with saslauthd's protocol, answer from the old saslauthd, ask authd after it,
//                     and say where authd would differ. No password that the old one refuses is shown to authd.
//                     --listen PATH --old PATH  the socket to serve, and the old saslauthd's
//                     --all         a line for each login, not only for differences
//     reload          read the configuration anew. A bad file leaves the old one in force and says why.
//     store backup FILE
//                     write all that the store holds into a file, beside an authd that runs
//     store restore FILE
//                     fill an empty store that no authd uses from such a file: a new host, or from SQLite to PostgreSQL
//                     --config FILE the configuration that names the store, /etc/gatehouse/authd.yaml unless given
//     doctor [REALM]  check each realm's servers, certificates, clocks, rights, keytab and service names by asking
//     them,
//                     and say the cure of what is wrong. Needs no authd that runs.
//     keytab [REALM]  the keys of each realm's keytab, and what of them does not fit the KDC
//                     --config FILE as above
//                     --all         tell also what is in order
//     hash            the argon2id hash of a password for a `local` realm. Asks twice, or reads with --password-stdin.
//                     --scram       and verifiers for SCRAM-SHA-256 and SCRAM-SHA-1: the lines of a people file
//
//     --json          one JSON value on standard output, for programs
//
// SECURITY
//     A password is asked for without echo or read from standard input, never from the command line. It lives in locked
//     memory where the limit allows, is wiped, and no core is dumped. Text from the directory is shown without control
//     characters. Who may ask is decided by the mode of the listener's socket.
//
// DIAGNOSTICS
//     Exit status: 0 granted or done; 1 denied, unknown or refused; 64 usage; 69 nobody listens at the socket;
//     75 authd or the directory is unavailable, which says nothing about the password.
//     Of shadow: 0 no difference; 1 some; 75 nothing could be compared.
//     Of doctor and keytab: 0 sound; 1 warnings; 2 faults; 78 the configuration is wrong.
//
// BUGS
//     A terminal passes at most 4095 bytes of a line; longer passwords need --password-stdin.
//
#include "ctl/verbs.hpp"

#include <CLI/CLI.hpp>

#include <sys/prctl.h>

#include <cstdio>
#include <exception>

using namespace gatehouse::ctl;

namespace
{

void forbid_dumps()
{
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) // LeakSanitizer must be able to look at us
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

int run(int argc, char** argv)
{
    CLI::App program("Ask and steer gatehouse-authd");
    program.set_version_flag("--version", GATEHOUSE_VERSION);
    program.require_subcommand(1);
    program.fallthrough(); // options may follow the verb

    Common common;
    std::size_t timeout = static_cast<std::size_t>(common.timeout.count());
    const CLI::Option* const socket =
        program.add_option("--socket", common.socket, "the listener of authd to ask")->capture_default_str();
    program.add_option("--timeout", timeout, "seconds to wait")->capture_default_str()->check(CLI::Range(1, 3600));
    program.add_flag("--json", common.json, "one JSON value on standard output");

    int outcome = exit_usage;
    const auto verb = [&](const char* name, const char* what, auto run_verb) {
        CLI::App* added = program.add_subcommand(name, what);
        added->callback([&, run_verb] {
            common.timeout = std::chrono::seconds(timeout);
            outcome = run_verb();
        });
        return added;
    };
    verb("status", "realms, servers, listeners, counters", [&] { return status(common); });
    verb("reload", "read the configuration anew", [&] { return reload(common); });

    std::string user;
    bool shielding_clears = false;
    verb("explain", "who a login name means, and what they may use", [&] { return explain(common, user); })
        ->add_option("user", user, "a login name in any accepted form")
        ->required();

    verb("sessions", "who has sessions open", [&] {
        return sessions(common, user);
    })->add_option("user", user, "a login name in any accepted form; everybody unless given");
    verb("kick", "end all sessions of one person", [&] { return kick(common, user); })
        ->add_option("user", user, "a login name in any accepted form")
        ->required();

    CheckOptions options;
    CLI::App* checking = verb("check", "try a login", [&] { return check(common, options); });
    checking->add_option("user", options.user, "a login name in any accepted form")->required();
    checking->add_option("--service", options.service, "the service to log in to")->capture_default_str();
    checking->add_option("--client", options.address, "the address that the login is said to come from");
    checking->add_flag("--password-stdin", options.password_stdin, "read the password from standard input");

    ShadowOptions shadowing;
    CLI::App* shadowed = verb("shadow", "answer from an old saslauthd, and say where authd would differ",
                              [&] { return shadow(common, shadowing); });
    shadowed->add_option("--listen", shadowing.listen, "the Unix socket to serve")->required();
    shadowed->add_option("--mode", shadowing.mode, "who may open it")->capture_default_str();
    shadowed->add_option("--old", shadowing.old, "the old saslauthd's socket")->capture_default_str();
    shadowed->add_option("--old-timeout", shadowing.old_seconds, "seconds to wait for the old saslauthd")
        ->capture_default_str()
        ->check(CLI::Range(1, 3600));
    shadowed->add_option("--connections", shadowing.connections, "clients at once; more wait")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    shadowed->add_option("--queue", shadowing.queue, "logins that wait for authd; more are not compared")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    shadowed->add_flag("--all", shadowing.all, "a line for each login, not only for differences");

    CLI::App* shielding = verb("shield", "who is tried with wrong passwords, and from where", [&] {
        if (shielding_clears)
            return shield_clear(common, user);
        return shield(common);
    });
    shielding->add_subcommand("clear", "forget what is counted of one person")
        ->parse_complete_callback([&] { shielding_clears = true; })
        ->add_option("user", user, "a login name in any accepted form")
        ->required();

    std::string config = "/etc/gatehouse/authd.yaml";
    std::string file;
    CLI::App* storing = program.add_subcommand("store", "back up and restore what must survive");
    storing->require_subcommand(1);
    storing->add_option("--config", config, "the configuration that names the store")->capture_default_str();
    const auto store_verb = [&](const char* name, const char* what, auto run_verb) {
        CLI::App* added = storing->add_subcommand(name, what);
        added->add_option("file", file, "JSON, one object a line")->required();
        added->callback([&, run_verb] { outcome = run_verb(config, file); });
    };
    store_verb("backup", "write all that the store holds into a file", store_backup);
    store_verb("restore", "fill an empty store from such a file", store_restore);

    DoctorOptions examination;
    const auto examining = [&](const char* name, const char* what, bool only_keytabs) {
        CLI::App* added = program.add_subcommand(name, what);
        added->add_option("--config", examination.config, "the configuration of authd")->capture_default_str();
        added->add_flag("--all", examination.all, "tell also what is in order");
        added->add_option("realm", examination.realm, "this realm alone");
        added->callback([&, only_keytabs] {
            examination.only_keytabs = only_keytabs;
            examination.json = common.json;
            examination.socket = socket->count() == 0 ? "" : common.socket;
            outcome = doctor(examination);
        });
    };
    examining("doctor", "say what is wrong with a realm's directory, and the cure", false);
    examining("keytab", "the keys of the keytabs, and what of them does not fit the KDC", true);

    bool hash_from_stdin = false;
    bool scram = false;
    CLI::App* hashing = verb("hash", "the argon2id hash of a password for a local realm",
                             [&] { return hash(common.json, hash_from_stdin, scram); });
    hashing->add_flag("--password-stdin", hash_from_stdin, "read the password from standard input");
    hashing->add_flag("--scram", scram, "verifiers for SCRAM-SHA-256 and SCRAM-SHA-1, too");

    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? exit_ok : exit_usage;
    }
    return outcome;
}

} // namespace

int main(int argc, char** argv)
try {
    forbid_dumps();
    return run(argc, argv);
} catch (const std::exception& error) {
    std::fprintf(stderr, "authctl: %s\n", error.what());
    return exit_unavailable;
}
