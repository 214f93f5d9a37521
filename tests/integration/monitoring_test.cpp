// check_gatehouse, the plugin for Nagios and its like, at a real authd.
#include "support/eventually.hpp"
#include "support/own_authd.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>

namespace gatehouse::integration
{

using namespace std::chrono_literals;
using Catch::Contains;
using Catch::StartsWith;

namespace
{
// What the Monitoring Plugins guidelines give an exit status to.
constexpr int plugin_ok = 0;
constexpr int plugin_warning = 1;
constexpr int plugin_critical = 2;
constexpr int plugin_unknown = 3;

Output check_gatehouse(const OwnAuthd& authd, std::vector<std::string> words)
{
    const Lab& lab = Lab::current();
    std::vector<std::string> argv{lab.script_file("../../config/monitoring/check_gatehouse"), "--authctl",
                                  lab.program("authctl").string()};
    if (std::ranges::find(words, "--socket") == words.end())
        argv.insert(argv.end(), {"--socket", authd.door("control").path.string()});
    argv.insert(argv.end(), words.begin(), words.end());
    Output output = run(argv);
    INFO(output.text());
    CHECK(std::ranges::count(output.out, '\n') == 1);
    CHECK(output.err.empty());
    return output;
}

/// The words for a login, with the password in a file that only its owner reads.
std::vector<std::string> login_of(const std::string& name, const std::string& password,
                                  std::filesystem::perms mode = std::filesystem::perms::owner_read)
{
    const auto file = Lab::current().folder() / "faults" / "monitor-password";
    std::filesystem::remove(file);
    write_file(file, password + "\n");
    std::filesystem::permissions(file, mode);
    return {"--user", name, "--password-file", file.string()};
}

/// A realm whose only server is not there.
std::string realm_away()
{
    const auto file = Lab::current().folder() / "faults" / "secret-of-a-search-account";
    std::filesystem::create_directories(file.parent_path());
    write_file(file, "not used\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    return "  - name: AWAY\n    netbios: AWAY\n    mail_domains: [away.example]\n    directory:\n      type: openldap\n"
           "      servers: [\"127.0.0.1:1\"]\n"
           "      tls: {mode: ldaps, ca_file: /etc/ssl/certs/ca-certificates.crt}\n"
           "      bind: {dn: \"cn=search,dc=away\", password_file: " +
           file.string() + "}\n      people: {base: \"dc=away\", name: uid, addresses: [mail]}\n";
}

bool usable(const OwnAuthd& authd, std::string_view realm)
{
    const boost::json::object status = authd.status();
    for (const auto& one : status.at("realms").as_array())
        if (one.at("name").as_string() == realm)
            return one.at("servers").at(0).at("usable").as_bool();
    throw std::runtime_error("no such realm");
}
} // namespace

TEST_CASE("check_gatehouse: OK with figures while authd and its directory are well, and a login is granted", "[local]")
{
    const OwnAuthd authd("monitor-ok", {.realms = local_realm()});
    const SamplePerson& alice = Lab::current().person("alice");

    const Output without = check_gatehouse(authd, {});
    INFO(without.text());
    CHECK(without.status == plugin_ok);
    CHECK_THAT(without.out, StartsWith("GATEHOUSE OK: authd ") && Contains("1 realms, 4 listeners | "));
    CHECK_THAT(without.out, Contains("'audit_waiting'=0;;;0") && Contains("'secret_memory'="));

    const Output with = check_gatehouse(authd, login_of("LOCAL\\alice", alice.password));
    INFO(with.text());
    CHECK(with.status == plugin_ok);
    CHECK_THAT(with.out, Contains("LOCAL\\alice may log in") && Contains("'login_time'="));
    CHECK_THAT(with.out, !Contains(alice.password));
}

TEST_CASE("check_gatehouse: thresholds make a figure WARNING or CRITICAL", "[local]")
{
    const OwnAuthd authd("monitor-limits", {.realms = local_realm()});

    const Output warning = check_gatehouse(authd, {"--warning", "secret_memory=~:-1"});
    INFO(warning.text());
    CHECK(warning.status == plugin_warning);
    CHECK_THAT(warning.out, StartsWith("GATEHOUSE WARNING: secret_memory is ") && Contains("(expected ~:-1)"));

    const Output both = check_gatehouse(authd, {"-w", "secret_memory=@0:100", "-c", "audit_waiting=@0"});
    INFO(both.text());
    CHECK(both.status == plugin_critical);
    CHECK_THAT(both.out, StartsWith("GATEHOUSE CRITICAL: audit_waiting is 0 ") && Contains("secret_memory is "));

    CHECK(check_gatehouse(authd, {"-w", "secret_memory=0:100", "-c", "audit_waiting=@1:"}).status == plugin_ok);
    CHECK(check_gatehouse(authd, {"-w", "no_such_figure=1"}).status == plugin_unknown);
    CHECK(check_gatehouse(authd, {"-w", "latency=5:1"}).status == plugin_unknown);
}

TEST_CASE("check_gatehouse: CRITICAL when the login is refused, UNKNOWN when others may read its password", "[local]")
{
    const OwnAuthd authd("monitor-login", {.realms = local_realm()});
    const SamplePerson& alice = Lab::current().person("alice");

    const Output refused = check_gatehouse(authd, login_of("LOCAL\\alice", "not " + alice.password));
    INFO(refused.text());
    CHECK(refused.status == plugin_critical);
    CHECK_THAT(refused.out, Contains("the login of LOCAL\\alice is denied"));

    using std::filesystem::perms;
    const Output open =
        check_gatehouse(authd, login_of("LOCAL\\alice", alice.password, perms::owner_read | perms::others_read));
    INFO(open.text());
    CHECK(open.status == plugin_unknown);
    CHECK_THAT(open.out, Contains("others may read it"));
}

TEST_CASE("check_gatehouse: CRITICAL when no server of a realm is usable, though another realm is well", "[local]")
{
    const OwnAuthd authd("monitor-away", {.realms = local_realm() + realm_away()});
    // The first attempt finds out.
    (void)authd.authctl({"check", "--password-stdin", "someone@away.example"}, {.input = "anything"});
    REQUIRE(eventually(30s, [&] { return !usable(authd, "AWAY"); }));

    const Output output = check_gatehouse(authd, {});
    INFO(output.text());
    CHECK(output.status == plugin_critical);
    CHECK_THAT(output.out, Contains("the directory of AWAY is away (127.0.0.1:1: ") && !Contains("LOCAL is away"));
}

TEST_CASE("check_gatehouse: CRITICAL when authd has stopped or ended, UNKNOWN where it may not ask", "[local]")
{
    OwnAuthd authd("monitor-gone", {.realms = local_realm()});

    const Output uncontrolled = check_gatehouse(authd, {"--socket", authd.door("native").path.string()});
    INFO(uncontrolled.text());
    CHECK(uncontrolled.status == plugin_unknown);
    CHECK_THAT(uncontrolled.out, Contains("may_control"));

    authd.process().signal(SIGSTOP);
    const Output mute = check_gatehouse(authd, {"--timeout", "1"});
    authd.process().signal(SIGCONT);
    INFO(mute.text());
    CHECK(mute.status == plugin_critical);

    authd.process().signal(SIGTERM);
    REQUIRE(authd.process().wait_for_end(20s) == 0);
    const Output gone = check_gatehouse(authd, {});
    INFO(gone.text());
    CHECK(gone.status == plugin_critical);
    CHECK_THAT(gone.out, Contains("authd does not run"));

    const Output no_program = check_gatehouse(authd, {"--authctl", "/nonexistent/authctl"});
    CHECK(no_program.status == plugin_unknown);
}

} // namespace gatehouse::integration
