// NAME
//     gatehouse-doctor - say what is wrong with a realm's directory, and the cure
//
// SYNOPSIS
//     gatehouse-doctor doctor [REALM] [--config FILE] [--socket PATH] [--all] [--json]
//     gatehouse-doctor keytab [REALM] [--config FILE] [--socket PATH] [--all] [--json]
//
// DESCRIPTION
//     What `authctl doctor` and `authctl keytab` become. Reads the daemon's configuration and asks the servers itself,
//     beside a daemon that runs or without one; it asks a running one only whether changes arrive.
//
//     doctor          run every check that fits each realm, or REALM alone
//     keytab          list the keys of each realm's keytab, and run the checks that concern it
//
//     --config FILE   the configuration; /etc/gatehouse/authd.yaml unless given
//     --socket PATH   the daemon's control socket; the one that the configuration names unless given
//     --all           tell also what is in order, and what could not be looked at
//     --json          one JSON value on standard output
//
// SECURITY
//     Reads the secret of the account that searches and the keytab: run it as root or as the daemon's user. Writes
//     nowhere. No person's password or lockout budget is touched. The account's own password is shown to one server;
//     only when that takes it to the others and to a KDC. So a wrong one costs that account one attempt a run.
//
// DIAGNOSTICS
//     Exit status: 0 sound; 1 warnings; 2 faults; 64 usage; 75 something unforeseen; 78 the configuration is wrong.
//
// BUGS
//     Duplicate service names are searched in the domain, not in the other domains of the forest.
//
#include "app/config.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "client/login.hpp"
#include "doctor/check.hpp"
#include "doctor/telling.hpp"

#include <CLI/CLI.hpp>
#include <sys/prctl.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <sysexits.h>

namespace
{
using namespace gatehouse;

struct Wishes {
    doctor::Which which = doctor::Which::all;
    std::string realm; ///< empty: each
    std::string config = "/etc/gatehouse/authd.yaml";
    std::string socket; ///< empty: as the configuration says
    bool all = false;
    bool json = false;
};

void forbid_dumps()
{
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) // LeakSanitizer must be able to look at us
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

std::string control_socket(const app::Config& config, const Wishes& wishes)
{
    const auto control = std::ranges::find_if(config.listeners, [](const door::ListenerSettings& listener) {
        return listener.door == door::DoorKind::native && listener.pins.may_control;
    });
    if (!wishes.socket.empty())
        return wishes.socket;
    return control != config.listeners.end() ? control->socket.path : std::string(client::default_control_socket);
}

int examine(const app::Config& config, const Wishes& wishes)
{
    std::vector<doctor::Finding> findings;
    std::vector<doctor::RealmKeytabs> keytabs;
    bool known = wishes.realm.empty();
    for (const app::RealmConfig& realm : config.realms) {
        if (!wishes.realm.empty() && !text::equal_ignoring_case(realm.names.realm, wishes.realm))
            continue;
        known = true;
        doctor::Examination examination(realm, control_socket(config, wishes), app::offers_ntlm(config));
        std::ranges::move(doctor::examine(examination, wishes.which), std::back_inserter(findings));
        if (wishes.which == doctor::Which::of_keytab)
            keytabs.push_back({realm.names.realm, examination.keytabs()});
    }
    if (!known) {
        std::fprintf(stderr, "authctl: %s names no realm \"%s\"\n", wishes.config.c_str(), wishes.realm.c_str());
        return EX_USAGE;
    }
    if (wishes.json) {
        std::fputs(doctor::tell_as_json(findings, keytabs).c_str(), stdout);
    } else {
        if (wishes.which == doctor::Which::of_keytab)
            std::fputs((doctor::tell_keytabs(keytabs) + '\n').c_str(), stdout);
        std::fputs(doctor::tell_findings(findings, wishes.all).c_str(), stdout);
    }
    switch (doctor::worst_of(findings)) {
    case doctor::Severity::fault: return 2;
    case doctor::Severity::warning: return 1;
    default: return EX_OK;
    }
}

int run(const Wishes& wishes)
{
    forbid_dumps();
    log::set_up("error");
    const auto config = app::read_config(wishes.config);
    if (!config) {
        std::fprintf(stderr, "%s\n", config.error().text.c_str());
        return EX_CONFIG;
    }
    return examine(*config, wishes);
}
} // namespace

int main(int argc, char** argv)
try {
    CLI::App options("Says what is wrong with a realm's directory, and the cure.", "gatehouse-doctor");
    options.set_version_flag("--version", GATEHOUSE_VERSION);
    options.require_subcommand(1);
    options.fallthrough();
    Wishes wishes;
    options.add_option("--config", wishes.config, "the configuration")->capture_default_str();
    options.add_option("--socket", wishes.socket, "the daemon's control socket");
    options.add_flag("--all", wishes.all, "tell also what is in order");
    options.add_flag("--json", wishes.json, "one JSON value on standard output");
    options.add_subcommand("doctor", "every check")->add_option("realm", wishes.realm, "this realm alone");
    CLI::App* const keytab = options.add_subcommand("keytab", "keytabs, and the checks that concern them");
    keytab->add_option("realm", wishes.realm, "this realm alone");
    try {
        options.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return options.exit(error) == 0 ? EX_OK : EX_USAGE;
    }
    wishes.which = keytab->parsed() ? doctor::Which::of_keytab : doctor::Which::all;
    return run(wishes);
} catch (const std::exception& error) {
    std::fprintf(stderr, "gatehouse-doctor: %s\n", error.what());
    return EX_TEMPFAIL;
}
